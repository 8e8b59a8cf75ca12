# What thin_sim record refuses before it looks at a device. (What it records: tests/kernel/recorded.sh.)
: >device

it "needs two buffers of some size for each processor, a device and a file"
run thin_sim record --buffers 1 -o trace device
expect_status 1
expect_stderr_has 'a processor needs two buffers'
run thin_sim record --buffers 0 -o trace device
expect_status 1
expect_stderr_has 'a processor needs two buffers'
run thin_sim record --buffer-size 0 -o trace device
expect_status 1
expect_stderr_has 'buffers of no size'
run thin_sim record -o trace
expect_status 1
expect_stderr_has 'No device given'
run thin_sim record device
expect_status 1
expect_stderr_has 'No output file given'

it "leaves no file behind"
[ ! -e trace ] || fail "there is a trace"
