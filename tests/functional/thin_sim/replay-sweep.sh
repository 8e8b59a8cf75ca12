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

it "what cannot be swept is refused"
fails thin_sim replay --sweep json=a,b "$ext4"
expect_stderr_has "'json' cannot be swept"
fails thin_sim replay --sweep block-size=64k --html page "$ext4"
expect_stderr_has "--html is about one run"
fails thin_sim replay --shard 1/2 "$ext4"
expect_stderr_has "--sweep is missing"
echo '{}' >none.json
fails thin_sim merge none.json
expect_one_line_error "none.json"
