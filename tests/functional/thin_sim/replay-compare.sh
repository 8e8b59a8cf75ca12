# Runs against each other: compare, baselines, the block size advisor.
ext4=$TESTS_DIR/functional/traces/ext4-fio.blktrace.0.gz
replay() { # NAME OPTIONS...
  name=$1
  shift
  run thin_sim replay -q --name "$name" --thin 0=1g --json "$name.json" "$@" "$ext4"
  expect_status 0
}

it "what differs between two reports is shown with its change"
replay small
replay large --block-size 128k
succeeds thin_sim compare --html compare.html small.json large.json
expect_stdout_has "small -> large: verdict good -> good"
expect_stdout_match '^block_bytes +65,536 +131,072 +\+65,536 +\+100.0 %$'
expect_stdout_match '^provisions +2,177 +1,093 +-1,084 +-49.8 %$'
expect_stdout_lacks "requests "
grep -q 'data-chart="7"' compare.html || fail "the page has no plots"
succeeds thin_sim compare small.json small.json
expect_stdout_match '^[0-9]+ values are equal$'
[ "$(wc -l <stdout)" -eq 2 ] || fail "equal reports differ"

it "what is no report is refused"
echo '{}' >none.json
fails thin_sim compare small.json none.json
expect_one_line_error "none.json"
fails thin_sim compare small.json
expect_stderr_has "expected two reports"

it "expectations relative to a baseline"
run thin_sim replay -q --thin 0=1g --block-size 128k --baseline small.json \
  --expect 'provisions <= -45%' --expect 'commits <= +5' "$ext4"
expect_status 0
run thin_sim replay -q --thin 0=1g --baseline large.json --expect 'provisions <= +5%' "$ext4"
expect_status 1
expect_stderr "thin_sim replay: 'provisions <= +5%' does not hold, it is 2177, the limit 1147.65"
fails thin_sim replay --expect 'provisions <= +5%' "$ext4"
expect_stderr_has "--baseline is missing"

it "the advisor says what block sizes cost in bytes"
run thin_sim replay --advise-block-size --thin 0=1g --snapshot-every 2s --json sweep.json \
  --html sweep.html "$ext4"
expect_status 0
expect_stdout_match '^name +block +space +copying +zeroing +metadata +metadata written +mean run$'
expect_stdout_match '^least copied to separate snapshots: .* with blocks of 64 KiB$'
expect_stdout_match '^from 64 KiB to 1 MiB: space \+'
grep -q 'In bytes' sweep.html || fail "the page has no table in bytes"
