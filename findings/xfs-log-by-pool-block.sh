#!/usr/bin/env bash
# xfsprogs 6.13.0 (Debian 13) on Linux 6.12 and 7.3, over a thin volume of a pool with blocks of 64 KiB (LVM2's default): what does a
# file of 4 KiB cost that is overwritten and synced?
#
# Expected: the same as on the disk below: 4 KiB of data, and a record of a few sectors in the log.
# Seen: 68 KiB each time instead of 5. A thin device says that its optimal I/O is a block of the pool; mkfs.xfs takes that for the
#   stripe unit of an array, makes 64 KiB the log's unit too (in its output: log, sunit=16 blks), and each record of the log
#   is filled up to it. The volume of 1 GiB has 8 allocation groups in place of 4, too.
# So: mkfs.xfs -l su=4096 for volumes whose programs sync often (databases, mail): 8 KiB each time. It can be said to mkfs only.
. "$(dirname "$0")/lib.sh"
suite trixie xfsprogs=6.13.0-2+deb13u1
programs trixie mkfs.xfs

seen() { # SUITE VERSION
  guest "$1" "$2" --module xfs <<'END'
mkdir -p /mnt
truncate -s 4M metadata
truncate -s 1G data plain
losetup /dev/loop0 metadata
losetup /dev/loop1 data
dmsetup create pool --table "0 2097152 thin-pool /dev/loop0 /dev/loop1 128 0 1 skip_block_zeroing"
dmsetup message pool 0 "create_thin 0"
dmsetup create thin --table "0 2097152 thin /dev/mapper/pool 0"
losetup /dev/loop2 plain
dmsetup create plain --table "0 2097152 linear /dev/loop2 0"
written() { cut -d ' ' -f 7 <<STAT
$(tr -s ' ' </sys/block/$1/stat | sed 's/^ *//')
STAT
}
try() { # NAME DM-DEVICE OPTION...
  local name=$1 dm=$2
  shift 2
  echo "$name: $(/trixie/mkfs.xfs -f "$@" /dev/mapper/$name | grep -o 'agcount=[0-9]*\|^ .*sectsz=.*sunit=[0-9]* blks' |
    sed 's/.*sunit/log sunit/' | tr '\n' ' ')"
  mount -t xfs /dev/mapper/$name /mnt
  dd if=/dev/zero of=/mnt/file bs=4k count=1 2>/dev/null
  sync
  before=$(written $dm)
  for turn in $(seq 50); do dd if=/dev/zero of=/mnt/file bs=4k count=1 conv=fsync,notrunc 2>/dev/null; done
  echo "  KiB for each sync of 4: $((($(written $dm) - before) / 100))"
  umount /mnt
}
try plain dm-2
try thin dm-1
try thin dm-1 -l su=4096
END
}
was="plain: agcount=4 log sunit=0 blks 
  KiB for each sync of 4: 5
thin: agcount=8 log sunit=16 blks 
  KiB for each sync of 4: 68
thin: agcount=8 log sunit=1 blks 
  KiB for each sync of 4: 8"
expect "Linux 6.12" "$(seen trixie 6.12)" "$was"
expect "Linux 7.3" "$(seen trixie-backports 7.3)" "$was"
