# Sweeps: variants of one replay, in shards, and joined again.
ext4=$TESTS_DIR/functional/traces/ext4-fio.blktrace.0.gz
sweep() { # OPTIONS...
  run thin_sim replay --thin 0=1g --sweep block-size=64k,128k,1m --sweep snapshot-every=1s,3s \
    "$@" "$ext4"
}

it "a table compares the variants"
sweep --json whole.json --csv whole.csv
expect_status 0
expect_no_stderr
[ "$(wc -l <stdout)" -eq 7 ] || fail "the table has no 7 lines"
expect_stdout_match '^block-size=64k snapshot-every=3s +64k +3s '
[ "$(wc -l <whole.csv)" -eq 7 ] || fail "the CSV has no 7 lines"

it "one process at a time gives the same"
sweep --jobs 1 --json serial.json
expect_status 0
expect_same serial.json whole.json

it "shards are joined to the same"
for i in 1 2 3 4; do
  sweep -q --shard $i/4 --json "shard-$i.json"
  expect_status 0
  expect_no_stdout
done
cp stdout empty
succeeds thin_sim merge --json joined.json --csv joined.csv shard-3.json shard-1.json shard-4.json \
  shard-2.json
expect_stdout_match '^block-size=1m snapshot-every=1s +1m +1s '
expect_same joined.json whole.json
expect_same joined.csv whole.csv

it "a variant that fails is named, the others are there"
sweep --expect 'data_blocks_max > 1000'
expect_status 1
expect_stderr_has "block-size=1m snapshot-every=1s: 'data_blocks_max > 1000' does not hold"
[ "$(wc -l <stdout)" -eq 7 ] || fail "the table has no 7 lines"

it "a shard that is missing fails the merge, unless that is allowed"
succeeds thin_sim merge -q --json joined.json shard-1.json shard-2.json shard-3.json shard-4.json
fails thin_sim merge --json part.json --junit part.xml shard-1.json shard-3.json shard-4.json
expect_stderr_has "2 of 6 variants of the sweep have no report: "
grep -q '<failure type="missing-shards"' part.xml || fail "JUnit does not say so"
succeeds thin_sim merge --allow missing-shards part.json
fails thin_sim merge part.json

it "an expectation that a shard did not meet fails the merge"
sweep -q --shard 1/2 --json first.json
expect_status 0
sweep -q --shard 2/2 --json second.json --expect 'data_blocks_max > 1000'
expect_status 1
fails thin_sim merge first.json second.json
expect_stderr_has "'data_blocks_max > 1000' does not hold"
succeeds thin_sim merge --allow unmet-expectations first.json second.json

it "a sweep has a test suite for each variant"
sweep -q --junit sweep.xml
expect_status 0
[ "$(grep -c '<testsuite ' sweep.xml)" -eq 7 ] || fail "not 6 variants and the sweep"
grep -q 'name="thin_sim replay .*, block-size=1m snapshot-every=3s"' sweep.xml ||
  fail "a suite does not name its variant"

it "a variant that cannot run is an error of its own"
run thin_sim replay --pool-size 1g --thin 0=1g --sweep block-size=64k,2g --json wrong.json \
  --junit wrong.xml "$ext4"
expect_status 1
expect_stderr_has "block-size=2g: the block size must be"
[ "$(grep -c '<error ' wrong.xml)" -eq 1 ] || fail "not one error"
expect_stdout_match '^block-size=2g +2g .* FAILED$'

it "what cannot be swept is refused"
fails thin_sim replay --sweep json=a,b "$ext4"
expect_stderr_has "'json' cannot be swept"
fails thin_sim replay --sweep block-size=64k --save-metadata image "$ext4"
expect_stderr_has "--save-metadata is about one run"
gzip -dc "$ext4" >trace
run_with_input trace thin_sim replay --sweep block-size=64k,128k --pool-size 1g --thin 0=1g -
expect_status 1
expect_stderr_has "standard input can be read only once"
fails thin_sim replay --shard 1/2 "$ext4"
expect_stderr_has "--sweep is missing"
echo '{}' >none.json
fails thin_sim merge none.json
expect_one_line_error "none.json"
