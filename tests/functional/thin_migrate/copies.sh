# Volumes copied to new files, over what is there, and as differences.
lvm=$TESTS_DIR/functional/lvm
gzip -dc "$lvm/removed.metadata.gz" >metadata
awk 'BEGIN { for (i = 0; i < 400000; i++) print "line", i }' >data
truncate -s 128M data
from="--metadata-dev metadata --data-dev data"
for device in 1 2; do
  succeeds thin_extract $from --dev-id $device --size 32m -o expected$device
done

it "a new file is sparse, and as thin_extract makes it"
succeeds thin_migrate $from --lvm "$lvm/removed.vg" --dev-id one --dest-file new
expect_stdout_has "33554432 bytes"
expect_same expected1 new
[ "$(du -k new | cut -f 1)" -le 3000 ] || fail "it has no holes"
remember new
fails thin_migrate $from --dev-id 1 --dest-file new
expect_stderr_has "is there already"
expect_unchanged new
succeeds thin_migrate -q $from --dev-id 2 --size 32m --buffer-size-meg 1 --dest-file other
expect_no_stdout
expect_same expected2 other

it "over what is there: only with --zero-dest what is not mapped is zero"
head -c 40000000 /dev/zero | tr '\0' x >old
cp old over
succeeds thin_migrate $from --dev-id 1 --size 32m --dest-dev over
expect_stdout_has "was left as it was"
cmp -s over expected1 && fail "it was zeroed"
succeeds thin_migrate $from --dev-id 1 --size 32m --zero-dest --dest-dev over
head -c 33554432 over >volume
expect_same expected1 volume
tail -c +33554433 over >rest
tail -c +33554433 old >old-rest
expect_same old-rest rest

it "a difference to what holds the other device"
cp expected1 target
succeeds thin_migrate $from --lvm "$lvm/removed.vg" --dev-id snap --delta-id one --dest-dev target
expect_same expected2 target
remember target
fails thin_migrate $from --size 32m --dev-id 2 --delta-id 1 --dest-dev target
expect_stderr_has "does not hold device 1"
expect_unchanged target

it "what cannot be"
fails thin_migrate $from --dev-id 1
expect_stderr_has "--dest-dev and --dest-file"
fails thin_migrate $from --dev-id 1 --dest-dev absent
fails thin_migrate $from --dev-id 1 --dest-dev data
expect_stderr_has "same bytes"
fails thin_migrate $from --dev-id 7 --dest-file none
expect_stderr_has "has no device 7"
expect_absent none
expect_absent none.partial
fails thin_migrate $from --dev-id 1 --buffer-size-meg 0 --dest-file none

it "a source that is active is a thin device, and names its pool itself"
fails thin_migrate --source-dev data --dest-file none
expect_stderr_has "is not a block device"
fails thin_migrate --source-dev absent --dest-file none
expect_stderr_has "Couldn't find source device"
for other in "--metadata-dev metadata" "--data-dev data" "--dev-id 1" -m "--size 1m"; do
  fails thin_migrate --source-dev data $other --dest-file none
  expect_stderr_has "exclude each other"
done
expect_absent none
