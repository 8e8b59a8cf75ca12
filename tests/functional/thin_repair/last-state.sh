# Which state was the last, where the superblock is lost or older than what is on the device.
truncate -s 8M result
zeroes zero 4096

# run_pool COMMANDS...: a session of the pool in the simulator, from standard input.
run_pool() {
  { echo 'dmsetup create pool --table "0 1310720 thin-pool /dev/vda /dev/vdb 128 0 1 skip_block_zeroing"'
    cat
    echo 'dmsetup remove pool'; } >session
  succeeds thin_sim run --device /dev/vda=pool.metadata:8M --device /dev/vdb=mem:640M session
}

writes() {
  for i in $(seq "$2" "$3"); do echo "io /dev/mapper/$1 write $((i * 128)) 128 7 sync"; done
}

it "takes the last one though the device with the highest time was deleted"
{ cat <<'X'
dmsetup message /dev/mapper/pool 0 "create_thin 1"
dmsetup create data --table "0 655360 thin /dev/mapper/pool 1"
io /dev/mapper/data write 0 128 1 sync
dmsetup message /dev/mapper/pool 0 "create_thin 2"
dmsetup message /dev/mapper/pool 0 "create_snap 3 2"
dmsetup message /dev/mapper/pool 0 "delete 3"
dmsetup message /dev/mapper/pool 0 "delete 2"
X
  writes data 1 60
  echo dmsetup remove data; } | run_pool
cp pool.metadata first
succeeds thin_dump pool.metadata
sed 1d stdout >good
dd if=zero of=pool.metadata conv=notrunc status=none
succeeds thin_repair --data-block-size 128 -i pool.metadata -o result
expect_stderr_has 'No mapping is known to be missing'
succeeds thin_dump result
sed 1d stdout >found
expect_same good found

it "takes the new pool where one was made over an old one"
cp first pool.metadata
dd if=zero of=pool.metadata conv=notrunc status=none
{ cat <<'X'
dmsetup message /dev/mapper/pool 0 "create_thin 7"
dmsetup create data --table "0 655360 thin /dev/mapper/pool 7"
X
  writes data 500 505
  echo dmsetup remove data; } | run_pool
succeeds thin_dump pool.metadata
sed 1d stdout >good
dd if=zero of=pool.metadata conv=notrunc status=none
succeeds thin_repair --data-block-size 128 -i pool.metadata -o result
succeeds thin_dump result
sed 1d stdout >found
expect_same good found

