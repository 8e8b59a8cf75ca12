#!/usr/bin/env bash
# A pool with blocks of 64 KiB over a disk that frees units of 1 MiB only (scsi_debug with unmap_granularity=2048; many arrays
# have larger ones), Linux 6.1 of Debian 12 (6.1.192-2) and 7.3 of Debian 13's backports (7.3.4): is a unit given back when
# all of it has been discarded?
#
# Expected: at the latest by a discard of the whole thin device, as fstrim sends it each week.
# Seen: only where one request had all of the unit. 32 MiB were written, then discarded in two turns, every other half MiB
#   each time: the pool has 512 free blocks more, the disk has freed none of its 32 units, and it frees none when the whole
#   thin device is discarded again and again: a pool passes down what was mapped, and nothing is. A linear device in its
#   place frees all 32 with that last discard.
# So: under a pool of small blocks such a disk fills up for good. Blocks as large as the disk's units (discard_granularity of
#   its queue) avoid it; what has gathered goes when the free space of the pool is discarded offline by thin_trim: 0.9.0's
#   brought the 32 units down to 0.
. "$(dirname "$0")/lib.sh"
unpack thin-provisioning-tools=0.9.0-2
libraries thin-provisioning-tools=0.9.0-2

seen() { # SUITE VERSION
  guest "$1" "$2" --module scsi_debug --module sd_mod --file "$work/root/usr/sbin/pdata_tools:/bin/pdata_tools" <<'END'
rmmod scsi_debug
insmod /modules/scsi_debug.ko dev_size_mb=64 lbpu=1 lbprz=1 unmap_granularity=2048 delay=0
while ! ls -d /sys/block/sd* >/dev/null 2>&1; do sleep 1; done
disk=$(basename /sys/block/sd*)
mknod "/dev/$disk" b $(tr : ' ' <"/sys/block/$disk/dev") 2>/dev/null
# A line of the map is a list of units in use, "0-31,40".
units() {
  tr , '\n' </sys/bus/pseudo/drivers/scsi_debug/map |
    awk -F - 'NF { n += (NF > 1 ? $2 : $1) - $1 + 1 } END { print n + 0 }'
}
report() { echo "$1: $(units) units, pool $(dmsetup status pool 2>/dev/null | cut -d ' ' -f 6)"; }
use() { # DEVICE
  dd if=/dev/urandom of="$1" bs=1M count=32 oflag=direct 2>/dev/null
  report written
  for half in 0 524288; do
    i=0
    while [ $i -lt 32 ]; do
      blkdiscard -o $((i * 1048576 + half)) -l 524288 "$1"
      i=$((i + 1))
    done
  done
  report "discarded in halves"
  blkdiscard "$1"
  report "discarded again"
}
dmsetup create plain --table "0 65536 linear /dev/$disk 0"
use /dev/mapper/plain
dmsetup remove plain
truncate -s 4M metadata
losetup /dev/loop0 metadata
dmsetup create pool --table "0 131072 thin-pool /dev/loop0 /dev/$disk 128 0 1 skip_block_zeroing"
dmsetup message pool 0 "create_thin 0"
dmsetup create thin --table "0 65536 thin /dev/mapper/pool 0"
use /dev/mapper/thin
dmsetup remove thin
dmsetup remove pool
pdata_tools thin_trim --metadata-dev /dev/loop0 --data-dev "/dev/$disk" >/dev/null 2>&1
report "after thin_trim"
END
}
was="written: 32 units, pool 
discarded in halves: 32 units, pool 
discarded again: 0 units, pool 
written: 32 units, pool 512/1024
discarded in halves: 32 units, pool 0/1024
discarded again: 32 units, pool 0/1024
after thin_trim: 0 units, pool "
expect "Linux 6.1" "$(seen bookworm 6.1)" "$was"
expect "Linux 7.3" "$(seen trixie-backports 7.3)" "$was"
