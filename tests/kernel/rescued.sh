# The way from broken metadata to the user's files: an ext4 that the kernel wrote on a thin volume and
# its snapshot, the pool's metadata damaged in six ways, and the files read back, byte for byte,
# through thin_nbd, by thin_extract, and from the pool that the kernel activates after thin_repair. Volumes
# go by the names of LVM2's backup. What is lost for good is for served.sh and the campaign.
# needs: thin_nbd
. "$HERE/lib.sh"
[ -e "$BIN/nbdkit-thin-plugin.so" ] || skip "the plugin was not built"
for program in nbdkit mkfs.ext4 nbdcopy python3; do
  command -v "$program" >/dev/null || skip "$program is not there"
done

rm -f metadata data damaged.*
truncate -s 4M metadata
truncate -s 64M data
cat >pool.vg <<'END'
contents = "Text Format Volume Group"
version = 1
vg {
	id = "8RTNEn-wWmr-hrN9-w73n-gWV3-phZ9-BufIsV"
	seqno = 18
	extent_size = 8192
	logical_volumes {
END
volume() { # NAME KIND LINE...
  printf '\t\t%s {\n\t\t\tid = "Zntaur-t6PP-zNHs-SV9b-Mrx9-Badd-%s"\n\t\t\tstatus = ["READ", "WRITE", "VISIBLE"]\n' "$1" "$2"
  printf '\t\t\tsegment_count = 1\n\t\t\tsegment1 {\n\t\t\t\tstart_extent = 0\n'
  shift 2
  printf '\t\t\t\t%s\n' "$@"
  printf '\t\t\t}\n\t\t}\n'
}
{
  volume pool HIsTm0 'extent_count = 16' 'type = "thin-pool"' 'metadata = "pool_tmeta"' 'pool = "pool_tdata"' \
    'transaction_id = 0' 'chunk_size = 128' 'discards = "passdown"' 'zero_new_blocks = 1'
  volume home HIsTm1 'extent_count = 12' 'type = "thin"' 'thin_pool = "pool"' 'transaction_id = 0' 'device_id = 4'
  volume before HIsTm2 'extent_count = 12' 'type = "thin"' 'thin_pool = "pool"' 'transaction_id = 0' 'device_id = 9' \
    'origin = "home"'
  printf '\t}\n}\n'
} >>pool.vg

# Files of many sizes, so written that mappings spread over several leaves.
cat >guest-script <<'END'
try() { "$@" >/tmp/log 2>&1 || { echo "FAILED: $*"; cat /tmp/log; exit 1; }; }
sums() { (cd "$1" && find . -type f | grep -v lost+found | sort | xargs sha256sum); }
try dmsetup create pool --table "0 131072 thin-pool /dev/vda /dev/vdb 128 0"
try dmsetup message /dev/mapper/pool 0 "create_thin 4"
try dmsetup create home --table "0 98304 thin /dev/mapper/pool 4"
try mkfs.ext4 -q /dev/mapper/home
mkdir -p /mnt
try mount -t ext4 /dev/mapper/home /mnt
mkdir -p /mnt/some/where
i=0
while [ $i -lt 90 ]; do
  dd if=/bin/busybox of=/mnt/some/where/$i bs=7000 count=$((i + 1)) skip=$i 2>/dev/null
  i=$((i + 1))
done
sync
sums /mnt >/tmp/before
try dmsetup suspend home
try dmsetup message /dev/mapper/pool 0 "create_snap 9 4"
try dmsetup resume home
i=0
while [ $i -lt 90 ]; do
  dd if=/bin/busybox of=/mnt/some/where/$i bs=4096 count=1 skip=$((200 - i)) conv=notrunc 2>/dev/null
  i=$((i + 3))
done
rm /mnt/some/where/7
sync
sums /mnt >/tmp/home
umount /mnt
dmsetup remove home
dmsetup remove pool
echo "== home"
cat /tmp/home
echo "== before"
cat /tmp/before
END
boot_options="--module ext4 --timeout 600 --file $(command -v mkfs.ext4):/sbin/mkfs.ext4"
boot guest-script metadata data
section home >home.sums
section before >before.sums
[ "$(wc -l <home.sums)" = 89 ] && [ "$(wc -l <before.sums)" = 90 ] || fail "the files were not written"

thin_scan metadata >scan
locations() { # TYPE VALUE-SIZE
  sed -n "s/.*type=\"$1\" location\(_begin\)*=\"\([0-9]*\)\".* ref_count=\"[1-9].*value_size=\"$2\".*/\2/p" scan
}
damage() { # NAME HOW BLOCK...: "junk" in the middle of each, "zero", or one "bit" turned
  name=$1 how=$2
  shift 2
  [ $# -gt 0 ] || fail "no block for $name"
  cp metadata "damaged.$name"
  python3 - "damaged.$name" "$how" "$@" <<'END'
import sys
name, how, *blocks = sys.argv[1:]
with open(name, "r+b") as file:
    for block in map(int, blocks):
        file.seek(block * 4096)
        data = bytearray(file.read(4096))
        if how == "zero":
            data = bytes(4096)
        elif how == "junk":
            data[256:260] = b"\245\132\245\132"
        else:
            data[40 + block % 500] ^= 1 << block % 8
        file.seek(block * 4096)
        file.write(data)
END
}
damage superblock zero 0
damage details junk $(locations btree_leaf 24)
damage nodes junk $(locations btree_internal 8)
damage spacemaps zero $(sed -n 's/.*type="bitmap_block" location\(_begin\)*="\([0-9]*\)".*/\2/p' scan)
damage bits bit $(locations btree_leaf 8)
damage both junk 0 $(locations btree_leaf 24)

fetch_nbd_client

# A second guest, which has the names, the damaged metadata and the data.
cat >guest-script <<'END'
try() { "$@" >/tmp/log 2>&1 || { echo "FAILED: $*"; cat /tmp/log; exit 1; }; }
sums() { (cd "$1" && find . -type f | grep -v lost+found | sort | xargs sha256sum); }
files() { # DEVICE VOLUME WAY
  try mount -t ext4 -o ro,noload "$1" /mnt
  sums /mnt | cmp - /$2.sums && echo "  $2 $3"
  umount /mnt
}
for tool in nbd repair extract check; do ln -sf pdata_tools /sbin/thin_$tool; done
mkdir -p /mnt /var/tmp
sha256sum /dev/vdb >/tmp/data
for name in superblock details nodes spacemaps bits both; do
  echo "== $name"
  metadata=/damaged.$name
  thin_check -q $metadata >/dev/null 2>&1 && echo "it is not damaged"
  more=
  case $name in superblock | both) more="--data-block-size 128 --nr-data-blocks 1024" ;; esac
  for volume in home before; do
    thin_nbd --repair $more --metadata-dev $metadata --data-dev /dev/vdb --lvm /pool.vg --dev-id $volume \
      -U /tmp/socket --background -- --pidfile /tmp/pid >/tmp/log 2>&1 || { cat /tmp/log; exit 1; }
    try nbd-client -unix /tmp/socket /dev/nbd0 -N $volume
    files /dev/nbd0 $volume "by thin_nbd"
    try nbd-client -d /dev/nbd0
    kill "$(cat /tmp/pid)"
    while kill -0 "$(cat /tmp/pid)" 2>/dev/null; do sleep 1; done
    rm /tmp/socket
  done
  try thin_repair $more -i $metadata -o /dev/vda
  try thin_check -q /dev/vda
  for volume in home before; do
    try thin_extract -q --metadata-dev /dev/vda --data-dev /dev/vdb --lvm /pool.vg --dev-id vg/$volume -o /tmp/volume
    try losetup /dev/loop0 /tmp/volume
    files /dev/loop0 $volume "by thin_extract"
    losetup -d /dev/loop0
    rm /tmp/volume
  done
  try dmsetup create pool --table "0 131072 thin-pool /dev/vda /dev/vdb 128 0 1 read_only"
  try dmsetup create --readonly home --table "0 98304 thin /dev/mapper/pool 4"
  try dmsetup create --readonly before --table "0 98304 thin /dev/mapper/pool 9"
  files /dev/mapper/home home "on the kernel's pool"
  files /dev/mapper/before before "on the kernel's pool"
  dmsetup remove home
  dmsetup remove before
  dmsetup remove pool
done
sha256sum -c /tmp/data >/dev/null && echo "== the data device is as it was"
END
boot_options="--module nbd --module loop --module ext4 --timeout 800 --tree $client
  --file $BIN/pdata_tools:/sbin/pdata_tools --file $BIN/nbdkit-thin-plugin.so:/sbin/nbdkit-thin-plugin.so
  --file $(command -v nbdkit):/bin/nbdkit --file pool.vg:/pool.vg
  --file home.sums:/home.sums --file before.sums:/before.sums"
for name in superblock details nodes spacemaps bits both; do
  boot_options="$boot_options --file damaged.$name:/damaged.$name"
done
cp metadata repaired
boot guest-script repaired data
{
  for name in superblock details nodes spacemaps bits both; do
    echo "== $name"
    for way in "by thin_nbd" "by thin_extract" "on the kernel's pool"; do
      printf '  %s %s\n' home "$way" before "$way"
    done
  done
  echo "== the data device is as it was"
} >expected
same_output expected guest
