# Bitmaps that are right below an index and a root that are not, as other tools' repairs leave them:
# the kernel never uses what these hide. It is a leak, and given back by the options that
# repair leaks, at all levels: the pool is then used to its last block.
command -v python3 >/dev/null || skip "python3 is not there"
cat >fresh.scenario <<'END'
dmsetup create pool --table "0 8192 thin-pool /dev/m /dev/d 128 0 2 skip_block_zeroing error_if_no_space"
dmsetup message pool 0 "create_thin 1"
dmsetup create thin --table "0 8192 thin /dev/mapper/pool 1"
io /dev/mapper/thin write 0 1280 1 sync
dmsetup remove thin
dmsetup remove pool
END
cat >use.scenario <<'END'
dmsetup create pool --table "0 8192 thin-pool /dev/m /dev/d 128 0 2 skip_block_zeroing error_if_no_space"
dmsetup create thin --table "0 8192 thin /dev/mapper/pool 1"
io /dev/mapper/thin write 0 8192 2 sync
dmsetup status pool
dmsetup remove thin
dmsetup remove pool
END
simulate() { run thin_sim run --device /dev/m=$1 --device /dev/d=$2 $3; }
simulate pool:4M data:4M fresh.scenario
expect_status 0
location() { # TYPE OTHER: of a block that is in use
  thin_scan pool | sed -n "/type=\"$1\".*ref_count=\"1\".*$2/s/.* location\(_begin\)*=\"\([0-9]*\)\".*/\2/p" | tail -n 1
}
data_index=$(location btree_leaf 'value_size="16"')
metadata_index=$(location index_block '')
# entry BLOCK OFFSET XOR FREE BEFORE: changes an index entry and seals the block; the number that
# checksums of its kind are combined with is the kernel's.
entry() {
  python3 - "$@" <<'END'
import struct, sys
block, offset, kind, free, before = map(int, sys.argv[1:])
with open('pool', 'r+b') as pool:
    pool.seek(block * 4096)
    data = bytearray(pool.read(4096))
    struct.pack_into('<II', data, offset + 8, free, before)
    crc = 0xffffffff
    for byte in data[4:]:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    struct.pack_into('<I', data, 0, crc ^ kind)
    pool.seek(block * 4096)
    pool.write(data)
END
}
superblock_field() { succeeds thin_generate_damage --block 0 --field "$1" --value "$2" -o pool; }

# The data's index says 40 free blocks (of 54), none below 24; its root 24 used ones (10).
data_level() {
  entry "$data_index" $((32 + 168 * 8)) 121107 40 24
}
data_root() { superblock_field data_space_map_root.nr_allocated 24; }
metadata_level() {
  entry "$metadata_index" 16 160478 100 384
}
metadata_root() { superblock_field metadata_space_map_root.nr_allocated 900; }

cp pool sound
cp data sound.data
for levels in data_level data_root metadata_level metadata_root \
  "data_level data_root metadata_level metadata_root"; do
  for option in --auto-repair --clear-needs-check-flag; do
    it "$levels, $option"
    cp sound pool
    for level in $levels; do $level; done
    cp pool planted
    remember pool
    fails thin_check pool
    expect_stderr_match '^leak: '
    expect_stderr_lacks "does no harm"
    tail -n 1 stderr | grep -qF -- "thin_check --auto-repair pool" || fail "another advice"
    fails thin_check --json pool
    expect_stdout_has '"verdict": "leaks"'
    succeeds thin_check --ignore-non-fatal-errors pool
    expect_unchanged pool
    succeeds thin_check $option pool
    expect_stderr_has "the free counts of index and root were corrected"
    succeeds thin_check pool
    expect_stderr "what to do: nothing, all is well"
    expect_stdout_has METADATA_FREE_BLOCKS=1014
    cp sound.data data
    simulate pool data use.scenario
    expect_status 0
    expect_stdout_has " 64/64 - rw "
    expect_stdout_lacks "error write"
    succeeds thin_check pool
  done
done

it "the kernel does not use what index and root hide"
mv planted pool
cp sound.data data
simulate pool data use.scenario
expect_stdout_has "error write: No space left on device"
