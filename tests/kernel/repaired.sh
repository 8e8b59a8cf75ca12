# Metadata that the kernel wrote is damaged and repaired by thin_repair; the kernel
# activates each result, and every thin device reads as it did before.
# needs: thin_repair
. "$HERE/lib.sh"

# Trees with internal nodes, shared by a device and its snapshot, which then went
# their own ways; one device alone; older states from commits in between.
rm -f ./*.scenario
cat >pool <<'END'
dd if=/dev/zero of=/dev/vda bs=4096 count=1 2>/dev/null
dmsetup create pool --table "0 2097152 thin-pool /dev/vda /dev/vdb 128 0 1 skip_block_zeroing"
dmsetup message /dev/mapper/pool 0 "create_thin 0"
dmsetup create thin --table "0 2097152 thin /dev/mapper/pool 0"
io /dev/mapper/thin - <<REQUESTS
write 0 25600 2 sync
write 25600 25600 3 sync
write 512000 25600 4 sync
REQUESTS
dmsetup suspend thin
dmsetup message /dev/mapper/pool 0 "create_snap 1 0"
dmsetup resume thin
io /dev/mapper/thin - <<REQUESTS
write 1280 1280 5 sync
write 102400 12800 6 sync
REQUESTS
dmsetup remove thin
dmsetup create thin --table "0 2097152 thin /dev/mapper/pool 1"
io /dev/mapper/thin write 38400 2560 7 sync
dmsetup remove thin
dmsetup message /dev/mapper/pool 0 "create_thin 2"
dmsetup create thin --table "0 2097152 thin /dev/mapper/pool 2"
io /dev/mapper/thin write 0 1280 8 sync
dmsetup remove thin
dmsetup remove pool
END
make_devices kernel
boot pool kernel.metadata kernel.data kernel.origin
thin_check -q kernel.metadata || fail "thin_check refuses what the kernel wrote"
thin_dump -o pool.xml kernel.metadata || fail "thin_dump ended with status $?"

number_at() { od -An -tu8 -j "$1" -N 8 kernel.metadata | tr -d ' '; }
top_level=$(number_at 320)
details=$(number_at 328)
first_root=$(number_at $((top_level * 4096 + 32 + 252 * 8)))
second_root=$(number_at $((top_level * 4096 + 32 + 253 * 8)))
[ "$(od -An -tu4 -j $((first_root * 4096 + 4)) -N 4 kernel.metadata | tr -d ' ')" = 1 ] ||
  fail "the root of the first tree, block $first_root, is a leaf"

# repaired NAME BLOCK...: NAME.metadata, repaired after the loss of these blocks
repaired() {
  name=$1
  shift
  cp kernel.metadata damaged
  for block; do
    head -c 512 "$HERE/io.cc" | dd of=damaged bs=4096 seek="$block" conv=notrunc 2>/dev/null
  done
  ! thin_check -q damaged 2>/dev/null || fail "$name: thin_check finds no damage"
  rm -f "$name.metadata"
  truncate -s 8M "$name.metadata"
  thin_repair -q --data-block-size 128 --transaction-id 0 \
    --nr-data-blocks 16384 -i damaged -o "$name.metadata" 2>"$name.losses" ||
    fail "$name: thin_repair ended with status $?: $(cat "$name.losses")"
  thin_check -q "$name.metadata" || fail "$name: thin_check refuses what was repaired"
  thin_dump -o "$name.xml" "$name.metadata" || fail "$name: thin_dump ended with status $?"
  sed '1d; s/<device \(dev_id="[0-9]*" mapped_blocks="[0-9]*"\).*/\1/' "$name.xml" >"$name.mappings"
}
sed '1d; s/<device \(dev_id="[0-9]*" mapped_blocks="[0-9]*"\).*/\1/' pool.xml >pool.mappings
repaired node "$first_root"
repaired roots "$first_root" "$second_root"
repaired top "$top_level"
repaired details "$details"
repaired superblock 0
for name in node top details superblock; do
  cmp -s pool.mappings "$name.mappings" || fail "$name: not what was mapped before"
done

reading_scenario pool.xml >activate.scenario
# Of devices that share most of their nodes not all may be left: read what is.
reading_scenario roots.xml >roots.scenario
cat >all <<'END'
echo "== before"
sh /activate.scenario /dev/vda
echo "== part"
sh /roots.scenario /dev/vda
echo "== roots"
sh /roots.scenario /dev/vdd
for disk in c e f g; do
  echo "== $disk"
  sh /activate.scenario /dev/vd$disk
done
END
boot all kernel.metadata kernel.data node.metadata roots.metadata top.metadata \
  details.metadata superblock.metadata
section before >before.out
grep -q 'seed=7' before.out || fail "the pool holds no data"
for disk in c e f g; do
  section $disk >"$disk.out"
  same_output before.out "$disk.out"
done
section part >part.out
section roots >roots.out
same_output part.out roots.out
rm -f ./*.data ./*.origin
