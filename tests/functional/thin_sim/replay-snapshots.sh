# Which devices are replayed, and which snapshots are taken and kept.
awk 'BEGIN { print "time_s,op,offset_bytes,length_bytes,device"
  for (h = 0; h < 100; h++) print h * 3600 + 60 ",write," h % 7 * 65536 ",65536," (h % 2 ? "a" : "b") }' \
  >trace.csv
expect_value() { grep -qE "^ *\"$1\": $2,?\$" report.json || fail "$1 is not $2: $(grep "\"$1\"" report.json)"; }

it "only the devices that are named"
succeeds thin_sim replay --json report.json --only a trace.csv
expect_value requests 50
expect_value devices 1
grep -q '"name": "thin 0 (a)"' report.json || fail "not the device a"
fails thin_sim replay --only c trace.csv
expect_stderr_has "the trace has no device 'c': it has b, a"

it "snapshots at times, of chosen devices"
succeeds thin_sim replay --json report.json --snapshot-at 90m --snapshot-at 5h --snapshot-of 1 trace.csv
expect_value snapshots_created 2
[ "$(grep -c '"name": "snapshot of thin 1 at' report.json)" -eq 2 ] || fail "not of thin 1"
fails thin_sim replay --snapshot-at 1h --snapshot-of 7 trace.csv
expect_stderr_has "there is no such device"

it "snapshots are kept by periods"
succeeds thin_sim replay --json report.json --snapshot-every 1h --keep hourly=2,daily=3 --only a trace.csv
expect_value snapshots_created 99
expect_value devices 5
for time in "99 h 00 min" "98 h 00 min" "95 h 00 min" "71 h 00 min"; do
  grep -q "snapshot of thin 0 at $time" report.json || fail "the snapshot at $time is gone"
done
fails thin_sim replay --keep yearly=1 --snapshot-every 1h trace.csv
expect_stderr_has "hourly, daily, weekly"

it "without verification the mapping is the same"
succeeds thin_sim replay --json verified.json --snapshot-every 10h trace.csv
succeeds thin_sim replay --json report.json --no-verify --snapshot-every 10h trace.csv
expect_stdout_has "data was not compared"
for name in provisions broken_shares data_blocks_max metadata_blocks_max commits; do
  [ "$(grep "\"$name\":" report.json | head -1)" = "$(grep "\"$name\":" verified.json | head -1)" ] ||
    fail "$name differs"
done
expect_value verified_sectors 0
