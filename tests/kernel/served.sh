# thin_nbd and the kernel as each other's clients: an ext4 that the kernel wrote on a thin
# volume is mounted through nbd; a pool that is active is refused but for its metadata
# snapshot, and one that is served is not activated. Then its metadata is damaged in six ways.
# needs: thin_nbd
. "$HERE/lib.sh"
[ -e "$BIN/nbdkit-thin-plugin.so" ] || skip "the plugin was not built"
for program in nbdkit mkfs.ext4 fsck.ext4 debugfs nbdcopy; do
  command -v "$program" >/dev/null || skip "$program is not there"
done
filters=$(nbdkit --dump-config | sed -n 's/^filterdir=//p')

fetch_nbd_client

rm -f metadata data
truncate -s 4M metadata
truncate -s 64M data
cat >guest-script <<'END'
say() { echo "== $*"; }
try() { "$@" >/tmp/log 2>&1 || { echo "FAILED: $*"; cat /tmp/log; exit 1; }; }
pool="0 131072 thin-pool /dev/vda /dev/vdb 128 0"
sums() { (cd "$1" && find . -type f | grep -v lost+found | sort | xargs sha256sum); }
serve() { # OPTION...: as /dev/nbd0
  try thin_nbd --metadata-dev /dev/vda --data-dev /dev/vdb -U /tmp/socket --background "$@" -- \
    --pidfile /tmp/pid
}
attach() { try nbd-client -unix /tmp/socket /dev/nbd0 -N "$1"; }
stop() {
  try nbd-client -d /dev/nbd0
  kill "$(cat /tmp/pid)"
  while kill -0 "$(cat /tmp/pid)" 2>/dev/null; do sleep 1; done
  rm /tmp/socket
}
mkdir -p /mnt /served /var/tmp
try dmsetup create pool --table "$pool"
try dmsetup message /dev/mapper/pool 0 "create_thin 0"
try dmsetup create thin --table "0 98304 thin /dev/mapper/pool 0"
try mkfs.ext4 -q /dev/mapper/thin
try mount -t ext4 /dev/mapper/thin /mnt
mkdir -p /mnt/some/where
i=0
while [ $i -lt 60 ]; do
  dd if=/bin/busybox of=/mnt/some/where/$i bs=10000 count=$((i + 1)) skip=$i 2>/dev/null
  i=$((i + 1))
done
sums /mnt >/tmp/before
sync
try dmsetup suspend thin
try dmsetup message /dev/mapper/pool 0 "create_snap 1 0"
try dmsetup resume thin
rm /mnt/some/where/7
dd if=/dev/zero of=/mnt/some/where/8 bs=4096 count=9 2>/dev/null
sync
sums /mnt >/tmp/after

say "an active pool is refused"
thin_nbd --metadata-dev /dev/vda --data-dev /dev/vdb --run true >/tmp/log 2>&1 &&
  echo "it was served"
grep -o "Device or resource busy" /tmp/log

say "but for its metadata snapshot"
try dmsetup message /dev/mapper/pool 0 "reserve_metadata_snap"
serve --metadata-snap --dev-id 1 --size 48m
attach 1
try mount -t ext4 -o ro,noload /dev/nbd0 /served
sums /served | cmp - /tmp/before && echo same
umount /served
stop
try dmsetup message /dev/mapper/pool 0 "release_metadata_snap"
umount /mnt
dmsetup remove thin
dmsetup remove pool

say "volume and snapshot of the pool that is not active"
sha256sum /dev/vda /dev/vdb >/tmp/devices
for n in 0 1; do
  serve --dev-id $n --size 48m
  attach ""
  try mount -t ext4 -o ro,noload /dev/nbd0 /served
  sums /served | cmp - /tmp/$([ $n = 0 ] && echo after || echo before) && echo same $n
  dmsetup create pool --table "$pool" >/tmp/log 2>&1 && echo "the pool was activated"
  umount /served
  stop
done
serve --dev-id 1 --size 48m --cow
attach 1
try mount -t ext4 /dev/nbd0 /served
echo more >/served/more
umount /served
try fsck.ext4 -fn /dev/nbd0
try mount -t ext4 -o ro /dev/nbd0 /served
cat /served/more
umount /served
stop
sha256sum -c /tmp/devices >/dev/null && echo "the devices are as they were"
END
boot_options="--module nbd --module ext4 --timeout 600 --file $BIN/pdata_tools:/sbin/thin_nbd
  --file $BIN/nbdkit-thin-plugin.so:/sbin/nbdkit-thin-plugin.so --file $(command -v nbdkit):/bin/nbdkit
  --file $filters/nbdkit-cow-filter.so:$filters/nbdkit-cow-filter.so
  --file $(command -v mkfs.ext4):/sbin/mkfs.ext4 --file $(command -v fsck.ext4):/sbin/fsck.ext4
  --tree $client"
boot guest-script metadata data
cat >expected <<'END'
== an active pool is refused
Device or resource busy
== but for its metadata snapshot
same
== volume and snapshot of the pool that is not active
same 0
same 1
more
the devices are as they were
END
same_output expected guest

# What the kernel left, damaged: every block is what it was, or an error.
call="--dev-id 0 --size 48m --data-dev data"
thin_nbd --metadata-dev metadata $call --run 'nbdcopy "$uri" truth'
fsck.ext4 -fn truth >fsck.log 2>&1 || fail "$(cat fsck.log)"
thin_scan metadata >scan
locations() { # TYPE VALUE-SIZE
  sed -n "s/.*type=\"$1\" location\(_begin\)*=\"\([0-9]*\)\".* ref_count=\"[1-9].*value_size=\"$2\".*/\2/p" scan
}
damaged() { # NAME BLOCK...
  echo "$1"
  cp metadata damaged
  shift
  for block; do
    printf '\245\132\245\132' | dd of=damaged bs=1 seek=$((block * 4096 + 256)) conv=notrunc status=none
  done
  thin_nbd --repair --metadata-dev damaged $call ${block_size:-} --run \
    "'$HERE/../functional/thin_nbd/read-blocks' \"\$unixsocket\" 0 65536 volume" >failed 2>messages ||
    { cat messages >&2; fail "it was not served"; }
  python3 - <<'END' || fail "what was read is not true"
failed = {int(line.split()[0]) for line in open("failed")}
truth, volume = open("truth", "rb"), open("volume", "rb")
for number in range(48 << 20 >> 16):
    want, have = truth.read(65536), volume.read(65536)
    assert number in failed or want == have, f"block {number}"
assert not failed or "lost" in open("messages").read()
END
  echo "  $(wc -l <failed) blocks are lost"
}
nth() { sed -n "$1p"; }
damaged "a leaf of mappings" "$(locations btree_leaf 8 | nth 1)"
damaged "two leaves" $(locations btree_leaf 8 | nth 1) $(locations btree_leaf 8 | nth 2)
damaged "nodes above leaves" $(locations btree_internal 8)
damaged "device details" $(locations btree_leaf 24)
damaged "space maps" $(sed -n 's/.*type="bitmap_block" location\(_begin\)*="\([0-9]*\)".*/\2/p' scan)
block_size="--data-block-size 128"
damaged "the superblock" 0
