# The steps of docs/recovery.md for a volume that was removed by mistake: an older state, and
# what the pool has given to others in the meantime.

# run_pool COMMANDS...: a session of the pool in the simulator, from standard input. Its data
# device has 160 blocks.
run_pool() {
  { echo 'dmsetup create pool --table "0 20480 thin-pool /dev/vda /dev/vdb 128 0 1 skip_block_zeroing"'
    cat
    echo 'dmsetup remove pool'; } >session
  succeeds thin_sim run --device /dev/vda=pool.metadata:8M --device /dev/vdb=pool.data:10M session
}

# roots_of DEVICE MAPPINGS: the first pair that has it, as options.
roots_of() {
  succeeds thin_repair --list-roots -i pool.metadata
  grep -E "^  --mapping-root .*[ ,]$1: $2(,|\$)" stdout | head -n 1 | sed 's/:.*//' >options
  [ -s options ] || fail "no state has device $1 with $2 mappings"
}

# differing A B: how many blocks of 64 KiB do.
differing() {
  cmp -l "$1" "$2" | awk '{ block[int(($1 - 1) / 65536)] = 1 } END { for (b in block) n++; print n + 0 }'
}

run_pool <<'X2'
dmsetup message /dev/mapper/pool 0 "create_thin 0"
dmsetup message /dev/mapper/pool 0 "create_thin 1"
dmsetup message /dev/mapper/pool 0 "create_snap 2 1"
dmsetup create t0 --table "0 131072 thin /dev/mapper/pool 0"
dmsetup create t1 --table "0 131072 thin /dev/mapper/pool 1"
io /dev/mapper/t0 write 0 1280 1 sync
io /dev/mapper/t1 write 0 12800 2 sync
dmsetup remove t0
dmsetup remove t1
X2
succeeds thin_extract --metadata-dev pool.metadata --data-dev pool.data --dev-id 1 -o before.img

it "all of it is there as long as nothing was written"
run_pool <<'X2'
dmsetup message /dev/mapper/pool 0 "delete 1"
X2
roots_of 1 100
cp pool.metadata removed.metadata
truncate -s 8M then.metadata
succeeds thin_repair -i pool.metadata -o then.metadata $(cat options)
expect_stderr_lacks 'maps elsewhere:'
succeeds thin_extract --metadata-dev then.metadata --data-dev pool.data --dev-id 1 -o after.img
expect_same before.img after.img

it "what the pool has given to others is counted"
run_pool <<'X2'
dmsetup create t0 --table "0 131072 thin /dev/mapper/pool 0"
io /dev/mapper/t0 write 12800 10240 3 sync
dmsetup remove t0
X2
roots_of 1 100
succeeds thin_repair -i pool.metadata -o then.metadata $(cat options)
succeeds thin_extract --metadata-dev then.metadata --data-dev pool.data --dev-id 1 -o after.img
nr=$(differing before.img after.img)
[ "$nr" -gt 0 ] || fail "no block was taken"
succeeds thin_repair -q -i pool.metadata -o then.metadata $(cat options)
expect_stderr_has "device 1: $nr mappings lead to data blocks that the superblock's state maps elsewhere"
expect_stderr_has "another state than the superblock's is taken"
expect_stderr_has "which data space map belongs to the trees that are taken is not known"
expect_stderr_lacks "cannot be read"
fails thin_repair --strict -i pool.metadata -o then.metadata $(cat options)
succeeds thin_repair --json -i pool.metadata -o then.metadata $(cat options)
expect_stdout_has "\"reused\": $nr"

it "so it is where a new volume got the same blocks for the same virtual ones"
cp pool.metadata others.metadata
cp removed.metadata pool.metadata
run_pool <<'X2'
dmsetup message /dev/mapper/pool 0 "create_thin 3"
dmsetup create t3 --table "0 131072 thin /dev/mapper/pool 3"
io /dev/mapper/t3 write 0 5120 4 sync
dmsetup remove t3
X2
roots_of 1 100
succeeds thin_repair -q -i pool.metadata -o then.metadata $(cat options)
succeeds thin_extract --metadata-dev then.metadata --data-dev pool.data --dev-id 1 -o again.img
nr=$(differing after.img again.img)
[ "$nr" -gt 0 ] || fail "no block was taken"
succeeds thin_repair -q -i pool.metadata -o then.metadata $(cat options)
expect_stderr_has "device 1: $nr mappings lead to data blocks that the superblock's state maps elsewhere"
cp others.metadata pool.metadata

it "the superblock's own state has given nothing to others"
succeeds thin_repair --list-roots -i pool.metadata
own=$(sed -n 's/^chosen .*: mapping root \([0-9]*\), details root \([0-9]*\)$/--mapping-root \1 --details-root \2/p' stdout)
succeeds thin_repair -v -i pool.metadata -o then.metadata $own
expect_stderr_lacks "maps elsewhere"
expect_stderr_lacks "another state"
