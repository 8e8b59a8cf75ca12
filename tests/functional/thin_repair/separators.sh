# Internal nodes that are put together again: every separator is the first key below it, so
# that the kernel's later writes keep keys in order.
gzip -dc "$TESTS_DIR/functional/thin_repair/separators.bad.gz" >bad
gzip -dc "$TESTS_DIR/functional/thin_repair/separators.scenario.gz" >writes.scenario
zeroes pool 16777216
it "the result is sound"
succeeds thin_repair -q -i bad -o pool
succeeds thin_check pool
for peer in /usr/sbin/thin_check; do
  [ ! -x "$peer" ] || succeeds "$peer" pool
done

it "and stays so when it is written to"
succeeds thin_sim run --device /dev/vda=pool --device /dev/vdb=mem:4G writes.scenario
succeeds thin_check pool
expect_stderr_lacks fatal
