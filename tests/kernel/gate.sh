# Real block devices that lead to the same bytes: linear devices of the device mapper, two loop
# devices on one file, a partition and its disk, metadata that an active pool has, a file system
# that is mounted by way of another device. Tools refuse every pair of roles of which one
# changes bytes, and nothing is another afterwards.
. "$HERE/lib.sh"

rm -f metadata data disk file-system
cat >pool.xml <<'END'
<superblock uuid="" time="0" transaction="1" flags="0" version="2" data_block_size="128" nr_data_blocks="64">
  <device dev_id="1" mapped_blocks="8" transaction="0" creation_time="0" snap_time="0">
    <range_mapping origin_begin="0" data_begin="40" length="8" time="0"/>
  </device>
</superblock>
END
truncate -s 1M metadata
thin_restore -q -i pool.xml -o metadata
for block in $(seq 0 63); do yes "block $block" | head -c 65536; done >data
# A disk with a partition of 2 MiB from 1 MiB on, whose beginning is a copy of the metadata.
truncate -s 8M disk
printf '\000\000\002\000\203\377\377\377\000\010\000\000\000\020\000\000' |
  dd of=disk bs=1 seek=446 conv=notrunc status=none
printf '\125\252' | dd of=disk bs=1 seek=510 conv=notrunc status=none
dd if=metadata of=disk bs=1M seek=1 conv=notrunc status=none
thin_ll_dump -o nodes.xml metadata
command -v mkfs.ext4 >/dev/null || {
  echo "SKIPPED: mkfs.ext4 is not there" >&2
  exit 77
}
truncate -s 4M file-system
mkfs.ext4 -q -F file-system

cat >guest-script <<'END'
say() { echo "== $*"; }
try() { "$@" >/tmp/log 2>&1 || { echo "FAILED: $*"; cat /tmp/log; exit 1; }; }
for tool in trim shrink extract repair restore dump scan ll_dump ll_restore metadata_pack \
  metadata_unpack report send migrate receive check generate_metadata; do
  ln -s pdata_tools /sbin/thin_$tool
done
for disk in vda vdb vdc; do cp /dev/$disk /tmp/$disk; done
# refused WORDS COMMAND...: by one line that has the words, and no byte is another.
count=0
refused() {
  words=$1
  shift
  "$@" >/tmp/out 2>/tmp/err && echo "NOT REFUSED: $*"
  grep -q "$words" /tmp/err || { echo "OTHER WORDS: $*"; cat /tmp/err; }
  [ "$(wc -l </tmp/err)" = 1 ] || { echo "LINES: $*"; cat /tmp/err; }
  for disk in $touched; do cmp -s /dev/$disk /tmp/$disk || echo "CHANGED: $disk by $*"; done
  count=$((count + 1))
}
# Pairs of roles, A and B being names of the same bytes, which hold metadata.
few_pairs() { # A B
  refused "$same" thin_trim --metadata-dev $1 --data-dev $2
  refused "$same" thin_repair -i $1 -o $2
  refused "$same" thin_dump -o $2 $1
  refused "$same" thin_shrink --binary -i /metadata -o $1 --data $2 --nr-blocks 50
  refused "$same" thin_migrate --metadata-dev $1 --data-dev /dev/vdb --dev-id 1 --dest-dev $2
}
pairs() { # A B
  few_pairs $1 $2
  few_pairs $2 $1
  refused "$same" thin_restore -i $1 -o $2
  refused "$same" thin_dump --repair -o $2 $1
  refused "$same" thin_metadata_pack -f -i $1 -o $2
  refused "$same" thin_extract --metadata-dev $1 --data-dev /dev/vdb --dev-id 1 -o $2
  refused "$same" thin_extract --metadata-dev /metadata --data-dev $1 --dev-id 1 -o $2
  refused "$same" thin_shrink --binary -i $1 -o /metadata --data $2 --nr-blocks 50
  refused "$same" thin_shrink --binary -i $1 -o $2 --data /dev/vdb --nr-blocks 50
  refused "$same" thin_migrate --metadata-dev /metadata --data-dev $1 --dev-id 1 --dest-dev $2
  refused "$same" thin_send --dev 1 -o $2 $1 /dev/vdb
  refused "$same" thin_ll_restore -E $1 -i /nodes.xml -o $2
  refused "$same" thin_report -o $2 $1
  refused "$same" thin_scan -o $2 $1
}
same="are on the same bytes"
touched=vda

say "a linear device and the disk below"
try dmsetup create lin --table "0 2048 linear /dev/vda 0"
pairs /dev/vda /dev/mapper/lin
say "two linear devices on one disk, and one on the other"
try dmsetup create twin --table "0 2048 linear /dev/vda 0"
try dmsetup create upper --table "0 2048 linear /dev/mapper/lin 0"
few_pairs /dev/mapper/lin /dev/mapper/twin
few_pairs /dev/mapper/twin /dev/mapper/upper
for name in upper twin lin; do try dmsetup remove $name; done

say "a linear device that is put together of parts, one of them of the same disk"
touched="vda vdc"
printf '0 1024 linear /dev/vdc 4096\n1024 2048 linear /dev/vda 0\n' | try dmsetup create parts
refused "$same" thin_repair -i /dev/vda -o /dev/mapper/parts
refused "$same" thin_trim --metadata-dev /dev/vda --data-dev /dev/mapper/parts
try dmsetup remove parts

say "linear devices that lie apart on one disk are two"
try dmsetup create low --table "0 2048 linear /dev/vdc 2048"
try dmsetup create high --table "0 2048 linear /dev/vdc 8192"
try thin_repair -q -i /dev/mapper/low -o /dev/mapper/high
try thin_check -q /dev/mapper/high
try thin_dump -o /dev/mapper/high /dev/mapper/low
try dmsetup remove high
try dmsetup create high --table "0 2048 linear /dev/vdc 4095"
cp /dev/vdc /tmp/vdc
refused "$same" thin_repair -i /dev/mapper/low -o /dev/mapper/high
for name in low high; do try dmsetup remove $name; done

say "volumes that lie apart on stripes over two disks are two, also where others of them are in use"
try dmsetup create stripes --table "0 8192 striped 2 128 /dev/vdb 0 /dev/vdc 8192"
try dmsetup create low --table "0 2048 linear /dev/mapper/stripes 0"
try dmsetup create high --table "0 2048 linear /dev/mapper/stripes 2048"
try dmsetup create other --table "0 2048 linear /dev/mapper/stripes 4096"
try dmsetup create user --table "0 2048 linear /dev/mapper/other 0"
try thin_restore -q -i /pool.xml -o /dev/mapper/low
try thin_repair -q -i /dev/mapper/low -o /dev/mapper/high
try thin_check -q /dev/mapper/high
cp /dev/vdb /tmp/vdb
cp /dev/vdc /tmp/vdc
touched="vdb vdc"
refused "Device or resource busy" thin_repair -i /dev/mapper/low -o /dev/mapper/other
try dmsetup remove high
try dmsetup create high --table "0 2048 linear /dev/mapper/stripes 2047"
refused "$same" thin_repair -i /dev/mapper/low -o /dev/mapper/high
refused "$same" thin_repair -i /dev/mapper/low -o /dev/mapper/stripes
refused "$same" thin_repair -i /dev/mapper/low -o /dev/vdb
for name in user other high low stripes; do try dmsetup remove $name; done

say "a partition and its disk"
touched=vdc
pairs /dev/vdc1 /dev/vdc
try dmsetup create lin --table "0 4096 linear /dev/vdc1 0"
few_pairs /dev/vdc /dev/mapper/lin
try dmsetup remove lin

say "loop devices on one file, and linear devices on them"
touched=
cp /metadata /file
losetup /dev/loop0 /file
losetup /dev/loop1 /file
cp /file /tmp/file
try dmsetup create lin --table "0 2048 linear /dev/loop0 0"
few_pairs /dev/loop0 /dev/loop1
pairs /dev/loop1 /dev/mapper/lin
few_pairs /file /dev/mapper/lin
cmp /file /tmp/file
try dmsetup remove lin
losetup -d /dev/loop1

say "a loop device on a linear device"
touched=vda
try dmsetup create lin --table "0 2048 linear /dev/vda 0"
losetup /dev/loop1 /dev/mapper/lin
few_pairs /dev/vda /dev/loop1
losetup -d /dev/loop1

say "metadata of an active pool, in whatever way it is reached"
losetup /dev/loop1 /dev/vda
try dmsetup create pool --table "0 8192 thin-pool /dev/vda /dev/vdb 128 0"
cp /dev/vda /tmp/vda
touched="vda vdb"
for name in /dev/vda /dev/mapper/lin /dev/loop1; do
  words="is in use: /dev/dm-1 has the same bytes"
  refused "$words" thin_restore -i /pool.xml -o $name
  refused "$words" thin_repair -i /file -o $name
  refused "$words" thin_generate_metadata --set-needs-check -o $name
  refused "$words" thin_dump -o $name /file
  refused "$words" thin_metadata_pack -f -i /file -o $name
  refused "$words" thin_migrate --metadata-dev /file --data-dev /tmp/vdb --dev-id 1 --dest-dev $name
done
refused "Device or resource busy" thin_check --clear-needs-check-flag /dev/vda
say "and its data"
losetup /dev/loop2 /dev/vdb
refused "is in use" thin_trim --metadata-dev /file --data-dev /dev/loop2
refused "is in use" thin_shrink --binary -i /file -o /tmp/file --data /dev/loop2 --nr-blocks 50
refused "is in use" thin_trim --metadata-dev /file --data-dev /dev/vdb
losetup -d /dev/loop2
losetup -d /dev/loop1
try dmsetup remove pool
try dmsetup remove lin

say "a file system that is mounted by way of another device"
try dmsetup create one --table "0 8192 linear /dev/vdd 0"
try dmsetup create two --table "0 8192 linear /dev/vdd 0"
mkdir /mnt
try mount -t ext4 /dev/mapper/one /mnt
sync
cp /dev/vdd /tmp/vdd
touched=vdd
for name in /dev/mapper/two /dev/mapper/one; do
  refused "[Bb]usy\|is in use: /dev/dm-0 has the same bytes" thin_dump -o $name /file
  refused "[Bb]usy\|is in use: /dev/dm-0 has the same bytes" thin_restore -i /pool.xml -o $name
  refused "[Bb]usy\|is in use: /dev/dm-0 has the same bytes" thin_trim --metadata-dev /file --data-dev $name
done
umount /mnt
try thin_dump -o /dev/mapper/two /file
echo "$count refusals"
END
boot_options="--module loop --module ext4 --memory 256 --timeout 600 --file $BIN/pdata_tools:/sbin/pdata_tools
  --file metadata:/metadata --file pool.xml:/pool.xml --file nodes.xml:/nodes.xml"
boot guest-script metadata data disk file-system
cat >expected <<'END'
== a linear device and the disk below
== two linear devices on one disk, and one on the other
== a linear device that is put together of parts, one of them of the same disk
== linear devices that lie apart on one disk are two
== volumes that lie apart on stripes over two disks are two, also where others of them are in use
== a partition and its disk
== loop devices on one file, and linear devices on them
== a loop device on a linear device
== metadata of an active pool, in whatever way it is reached
== and its data
== a file system that is mounted by way of another device
END
grep -v ' refusals$' guest >told
same_output expected told
tail -n 1 guest
