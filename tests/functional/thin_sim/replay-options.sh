# thin_sim replay: what happens beside the trace, and what comes out.
ext4=$TESTS_DIR/functional/traces/ext4-fio.blktrace.0.gz
agrees() { # OPTIONS...
  run thin_sim replay --check-every 1 --save-metadata result "$@"
  expect_status 0
  expect_stdout_has "everything agrees"
  run thin_check result
  expect_status 0
}
expect_value() { # NAME VALUE, in report.json
  grep -qE "^ *\"$1\": $2,?\$" report.json || fail "$1 is not $2 in report.json: $(grep "\"$1\"" report.json)"
}

it "defaults are enough"
run thin_sim replay "$ext4"
expect_status 0
expect_stdout_has "everything agrees"

it "snapshots are taken, kept and deleted"
agrees --thin 0=1g --snapshot-every 1s --keep 3 --json report.json "$ext4"
expect_value snapshots_created 7
expect_value devices_deleted 4
expect_value devices 4
[ "$(grep -c 'snapshot of thin 0' report.json)" -eq 3 ] || fail "not the last three snapshots"

it "a loss of power keeps what was flushed"
agrees --thin 0=1g --crash-at 3s --crash-at 4500ms --snapshot-every 2s --json report.json "$ext4"
expect_value crashes 2

it "discards that wait for fstrim leave more mapped until then"
agrees --thin 0=1g --json now.json "$ext4"
agrees --thin 0=1g --fstrim-every 1h --json report.json "$ext4"
expect_value discarded_blocks 0
agrees --thin 0=1g --fstrim-every 2s --json report.json "$ext4"

it "a pool grows at its low water mark"
agrees --pool-size 100m --low-water 100 --grow 20m --thin 0=1g --json report.json "$ext4"
expect_value failed_requests 0
expect_value data_blocks_total 2240
grep -q "the data device was grown" report.json || fail "the event is missing"

it "a pool without space queues, then fails, and agrees"
agrees --allow out-of-space,failed-requests --pool-size 100m --thin 0=1g --json report.json "$ext4"
for event in "out of data space: writes to new blocks wait" \
  "out of data space for too long: writes to new blocks fail"; do
  grep -q "$event" report.json || fail "the event is missing: $event"
done

it "requests beyond the device are an error, or wrap"
fails thin_sim replay --pool-size 1g --thin 0=100m "$ext4"
expect_one_line_error "record 3" "beyond the 204800 sectors of thin 0" "--wrap"
agrees --wrap --pool-size 1g --thin 0=100m "$ext4"

it "expectations decide on the exit status"
succeeds thin_sim replay -q --thin 0=1g --expect 'data_blocks <= 2093' "$ext4"
expect_no_stdout
fails thin_sim replay -q --thin 0=1g --expect 'data_blocks < 2093' --junit junit.xml "$ext4"
expect_stderr "thin_sim replay: 'data_blocks < 2093' does not hold, it is 2093"
grep -q '<failure' junit.xml || fail "JUnit has no failure"

it "the other outputs are written"
succeeds thin_sim replay -q --thin 0=1g --html page.html --csv series.csv "$ext4"
grep -q '<svg' page.html || fail "the page has no plot"
[ "$(wc -l <series.csv)" -gt 100 ] || fail "the series is short"

it "existing metadata is where a replay begins, and stays as it is"
agrees --thin 0=1g "$ext4"
remember result
run thin_sim replay --metadata result --save-metadata next --json report.json "$ext4"
expect_status 0
expect_unchanged result
grep -q '"provisions": 84,' report.json || fail "more was provisioned than discards had unmapped"
succeeds thin_check next

it "a scenario sets the pool up, and what it wrote stays"
cat >setup <<'END'
dd if=/dev/zero of=/dev/meta bs=4096 count=1
dmsetup create pool --table "0 4194304 thin-pool /dev/meta /dev/data 128 0"
dmsetup message pool 0 "create_thin 5"
dmsetup create t --table "0 2097152 thin /dev/mapper/pool 5"
io /dev/mapper/t write 0 1000 77 sync
END
agrees --scenario setup --device /dev/meta=mem:8m --device /dev/data=mem:2g "$ext4"

it "standard input and FIFOs are traces, where sizes are given or the pool can grow"
gzip -dc "$ext4" >trace
for options in "--pool-size 2g --thin 0=1g" "--pool-size 2g --thin-size 1g" "--thin 0=1g" \
  "--grow 100m"; do
  # shellcheck disable=SC2086
  run_with_input trace thin_sim replay $options --json report.json -
  expect_status 0
  expect_stdout_has "everything agrees"
  expect_value data_blocks 2093
  mkfifo fifo
  cat trace >fifo &
  # shellcheck disable=SC2086
  run thin_sim replay $options --json fifo.json fifo
  expect_status 0
  wait
  rm fifo
  grep -v -e '"-"' -e '"-,' -e fifo fifo.json >fifo.comparable
  grep -v -e '"-"' -e fifo report.json >comparable
  expect_same fifo.comparable comparable
done

it "what is missing is named once, in one line"
run_with_input trace thin_sim replay -
expect_one_line_error "standard input can be read only once" \
  "--pool-size (or --pool, or --grow) and --thin-size (or --thin) are missing"
run_with_input trace thin_sim replay --pool-size 2g -
expect_one_line_error "--thin-size (or --thin) is missing"
expect_stderr_lacks "--pool-size"

it "a request may end with the largest device, a sector less than 8 EiB, and not behind it"
printf 'time,op,offset_sectors,length_sectors\n0.1,write,18014398509481975,8\n0.2,read,18014398509481968,15\n' >last.csv
succeeds thin_sim replay last.csv
printf 'time,op,offset_sectors,length_sectors\n0.1,write,18014398509481976,8\n' >beyond.csv
fails thin_sim replay beyond.csv
expect_stderr_has "the request ends beyond the largest device, a sector less than 8 EiB"

it "one request is one request"
printf 'time,op,offset_sectors,length_sectors\n0.1,write,0,8\n' >one.csv
succeeds thin_sim replay one.csv
expect_stdout_has "1 request in "
