# The crashes of a scenario, and what is left of it when it is shrunk.
cat >scenario <<'EOF'
dmsetup create pool --table "0 1024 thin-pool /dev/meta /dev/data 128 0"
dmsetup message pool 0 "create_thin 0"
dmsetup create thin --table "0 1280 thin /dev/mapper/pool 0"
echo hello
io /dev/mapper/thin write 256 128 6
io /dev/mapper/thin discard 256 128
sleep 1
dmsetup message pool 0 "create_snap 1 0"
io /dev/mapper/thin write 512 8 7
io /dev/mapper/thin flush
dmsetup remove thin pool
EOF

it "6.1 keeps what it promises"
succeeds thin_sim explore --scenario scenario
expect_stdout_has "no violation"

it "without a flush of the data it does not, and few commands show it"
fails thin_sim explore --scenario scenario --scenarios found \
  --dialect linux-6.1,without=flush-before-commit
expect_stdout_has "VIOLATED: no-stale-data"
grep -q 'create_thin' found-no-stale-data || fail "the device is not made"
! grep -q 'hello\|discard' found-no-stale-data || fail "it is not shrunk"

it "a scenario without a pool is refused"
echo 'echo nothing' >empty
fails thin_sim explore --scenario empty
expect_one_line_error "makes no pool"
fails thin_sim explore --scenario scenario --depth 2
