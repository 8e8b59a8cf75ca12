#!/usr/bin/env bash
# LVM2 2.03.31 (Debian 13) on Linux 6.12 and 7.3: a pool with chunks of 192 KiB (a row of an array of three data disks), a thin volume
# of 100 MiB that was full; what is left of it when all of it is discarded?
#
# Expected: nothing: blkdiscard without a range takes the whole device, and ends with success. That 100 MiB are no multiple of
#   192 KiB is taken care of: either LVM rounds the volume, or the end of the volume counts as the end of its block.
# Seen: the last block stays mapped, for good. LVM rounds to its extents of 4 MiB only; the kernel unmaps a block only
#   when a discard has all of it, and a third of this one lies beyond the end, which no discard can name. With chunks of
#   64 MiB it is 64 of the 100 MiB. status says that sectors up to 205055 are mapped, of 204800.
# So: with such chunks make thin volumes in multiples of both the extent and the chunk (here 12 MiB); else an emptied volume
#   never shows 0 %, and scripts that wait for it wait forever. lvextend to such a size makes the last block whole.
. "$(dirname "$0")/lib.sh"
suite trixie lvm2=2.03.31-2
programs trixie lvm

seen() { # SUITE VERSION
  guest "$1" "$2" <<'END'
mkdir -p /etc/lvm /run/lock/lvm
cat >/etc/lvm/lvm.conf <<CONF
devices { dir="/dev" scan="/dev" obtain_device_list_from_udev=0 use_devicesfile=0 }
activation { udev_sync=0 udev_rules=0 monitoring=0 }
global { thin_check_executable="" }
CONF
lvm() { LVM_SUPPRESS_FD_WARNINGS=1 /trixie/lvm "$@" 2>messages || cat messages >&2; }
truncate -s 1G disk
losetup /dev/loop0 disk
lvm vgcreate -q vg /dev/loop0 >/dev/null
try() { # CHUNK SIZE
  lvm lvcreate -y -q --type thin-pool -Z n -c $1 -L 384M -n pool vg >/dev/null
  lvm lvcreate -y -q -V $2 -n thin vg/pool >/dev/null
  for at in $(seq 0 4096 $(($(blockdev --getsz /dev/mapper/vg-thin) - 1))); do
    io /dev/mapper/vg-thin write $at 4096 1
  done
  blkdiscard /dev/mapper/vg-thin
  echo "chunks of $1, $2: status $?, left:" $(lvm lvs --noheadings -o data_percent vg/thin) "%," \
    $(dmsetup status vg-thin | cut -d ' ' -f 2,4,5)
  [ -z "$3" ] || {
    lvm lvextend -q -y -L $3 vg/thin >/dev/null
    blkdiscard /dev/mapper/vg-thin
    echo "extended to $3: left" $(dmsetup status vg-thin | cut -d ' ' -f 4)
  }
  lvm lvremove -y -q vg >/dev/null
}
try 192k 100M 108M
try 192k 96M
try 64M 100M
END
}
was="chunks of 192k, 100M: status 0, left: 0.19 %, 204800 384 205055
extended to 108M: left 0
chunks of 192k, 96M: status 0, left: 0.00 %, 196608 0 -
chunks of 64M, 100M: status 0, left: 50.00 %, 204800 131072 262143"
expect "Linux 6.12" "$(seen trixie 6.12)" "$was"
expect "Linux 7.3" "$(seen trixie-backports 7.3)" "$was"
