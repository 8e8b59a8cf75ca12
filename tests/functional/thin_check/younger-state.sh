# A superblock that is older than what is on the device, as where two machines had the pool in use.
run_pool() {
  { echo 'dmsetup create pool --table "0 1310720 thin-pool /dev/vda /dev/vdb 128 0 1 skip_block_zeroing"'
    cat
    echo 'dmsetup remove pool'; } >session
  succeeds thin_sim run --device /dev/vda=pool:4M --device /dev/vdb=mem:640M session
}

{ cat <<'X'
dmsetup message /dev/mapper/pool 0 "create_thin 1"
dmsetup create data --table "0 655360 thin /dev/mapper/pool 1"
io /dev/mapper/data write 0 12800 1 sync
dmsetup remove data
X
} | run_pool
dd if=pool of=old bs=4096 count=1 status=none
{ cat <<'X'
dmsetup message /dev/mapper/pool 0 "create_snap 2 1"
dmsetup create data --table "0 655360 thin /dev/mapper/pool 2"
io /dev/mapper/data write 0 128 2 sync
dmsetup remove data
X
} | run_pool

it "nothing is noted of a sound pool"
succeeds thin_check pool
expect_stderr 'what to do: nothing, all is well'
succeeds thin_dump pool
sed 1d stdout >good

it "a younger state is noted, and the exit status is that of what was found"
dd if=old of=pool conv=notrunc status=none
succeeds thin_check pool
expect_stderr_has 'note: a younger whole state is on this device: 2 devices, the last of transaction 0 (time 1); the superblock'\''s is of transaction 0 (time 0)'
expect_stderr_has 'what to do: nothing is damaged; see what is noted'
succeeds thin_check --json pool
grep -q '"notes": \[' stdout || fail "no notes"
grep -q 'a younger whole state' stdout || fail "the note is missing"

it "the roots that it names are those of that state"
roots=$(sed -n 's/.*mapping root \([0-9]*\), details root \([0-9]*\).*/--mapping-root \1 --details-root \2/p' stdout)
truncate -s 4M result
succeeds thin_repair $roots -i pool -o result
succeeds thin_dump result
sed 1d stdout >found
expect_same good found
