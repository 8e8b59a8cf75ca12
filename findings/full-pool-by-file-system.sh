#!/usr/bin/env bash
# Linux 6.12 and 7.3 of Debian 13: file systems with default options on a thin volume whose pool is full, and stays so until
# no_space_timeout has passed and writes fail. Then the pool is extended. Which of them goes on?
#
# Expected: none. A write that fails is a failing disk; each turns read-only at the first one in its journal or log, and has to be
#   unmounted and mounted again.
# Seen: XFS goes on by itself, for it repeats what failed in its log until there is room. The others answer each write with an error
#   ("Read-only file system" or "Input/output error") until they are unmounted and mounted again, without a check in between; of
#   ext4 and f2fs the mount table says rw all the time, and ext4 of 6.12 does not open files for reading either. What a program
#   wrote that was told of the error: ext4 shows it in full length, with zeroes where nothing could be written; XFS cuts it
#   after the last byte that it has; btrfs and f2fs forget it.
# So: with XFS lvextend is all that a pool that ran full needs; with the others unmount the volume, too. "mounted rw" proves
#   nothing then, and the length of a file on ext4 does not prove that it was written.
. "$(dirname "$0")/lib.sh"
suite trixie e2fsprogs=1.47.2-3+b12 xfsprogs=6.13.0-2+deb13u1 btrfs-progs=6.14-1 f2fs-tools=1.16.0-1.1+b1
programs trixie mke2fs mkfs.xfs mkfs.btrfs mkfs.f2fs

seen() { # SUITE VERSION
  guest "$1" "$2" --memory 1536 --module ext4 --module crc32c_generic --module xfs --module btrfs --module crc32_generic \
    --module f2fs <<'END' 2>/dev/null
mkdir -p /mnt
echo 10 >/sys/module/dm_thin_pool/parameters/no_space_timeout
truncate -s 4M metadata
truncate -s 1G data
losetup /dev/loop1 data
table() { echo "0 $1 thin-pool /dev/loop0 /dev/loop1 128 0 1 skip_block_zeroing"; }
put() { # NAME MIB: what the program is told
  dd if=/dev/urandom of=/mnt/$1 bs=1M count=$2 conv=fsync 2>&1 | grep -q '^dd: ' && echo "error" || echo "success"
}
reads() { [ "$sum" = "$(md5sum </mnt/first)" ] && echo "reads" || echo "does not read"; }
left() { # NAME BYTES
  [ -e /mnt/$1 ] || { echo "$1 is gone" && return; }
  local size=$(wc -c </mnt/$1) data=$(tr -d '\0' </mnt/$1 | wc -c)
  echo "$1 $([ $size = $2 ] && echo "in full length" || echo "cut")," \
    "$([ $((data * 10)) -lt $((size * 9)) ] && echo "zeroes in it" || echo "no zeroes")"
}
try() { # FILE-SYSTEM MKFS...
  local fs=$1
  shift
  dd if=/dev/zero of=metadata bs=1M count=4 2>/dev/null
  losetup /dev/loop0 metadata
  dmsetup create pool --table "$(table 524288)"
  dmsetup message pool 0 "create_thin 0"
  dmsetup create thin --table "0 2097152 thin /dev/mapper/pool 0"
  "$@" /dev/mapper/thin >/dev/null
  mount -t $fs /dev/mapper/thin /mnt
  put first 8 >/dev/null
  sum=$(md5sum </mnt/first)
  echo "$fs: 400 MiB: $(put big 400)"
  sync
  sleep 40
  echo "  1 MiB more: $(put more 1)"
  dmsetup suspend pool
  dmsetup load pool --table "$(table 2097152)"
  dmsetup resume pool
  sleep 40
  echo "  pool extended: $(put third 1)," \
    "mounted $(sed -n 's|^/dev/mapper/thin /mnt [^ ]* \(r[ow]\).*|\1|p' /proc/mounts)"
  umount /mnt
  mount -t $fs /dev/mapper/thin /mnt
  echo "  mounted again: $(put fourth 1), the first file $(reads), $(left big 419430400)"
  umount /mnt
  dmsetup remove thin
  dmsetup remove pool
  losetup -d /dev/loop0
}
try ext4 /trixie/mke2fs -q -F -t ext4 -b 4096
try xfs /trixie/mkfs.xfs -q -f
try btrfs /trixie/mkfs.btrfs -q -f
try f2fs /trixie/mkfs.f2fs -q -f
END
}
was="ext4: 400 MiB: error
  1 MiB more: error
  pool extended: error, mounted rw
  mounted again: success, the first file reads, big in full length, zeroes in it
xfs: 400 MiB: error
  1 MiB more: error
  pool extended: success, mounted rw
  mounted again: success, the first file reads, big cut, no zeroes
btrfs: 400 MiB: error
  1 MiB more: error
  pool extended: error, mounted ro
  mounted again: success, the first file reads, big is gone
f2fs: 400 MiB: error
  1 MiB more: error
  pool extended: error, mounted rw
  mounted again: success, the first file reads, big is gone"
expect "Linux 6.12" "$(seen trixie 6.12)" "$was"
expect "Linux 7.3" "$(seen trixie-backports 7.3)" "$was"
