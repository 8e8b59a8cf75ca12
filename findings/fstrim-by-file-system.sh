#!/usr/bin/env bash
# fstrim of Debian 12 (util-linux 2.38.1) on Linux 6.12 of Debian 13, over a thin volume: does a deleted file of 100 MiB come back
# to the pool, whatever the file system that is mounted by default options?
#
# Expected: yes, wherever fstrim works at all; at most a log-structured file system keeps it until its cleaner ran.
# Seen: ext4 gives it back. nilfs2 says that 392 MiB were trimmed, with success, and not one block has come back: it trims
#   segments that were never in use. f2fs says 0 bytes, with success, and gives all of it back when it is unmounted. ntfs3
#   refuses fstrim ("the discard operation is not supported") and keeps the space for good, unless it is mounted with
#   "discard", though fstrim is meant for mounts without it; with it the deletion alone gives the space back.
# So: a weekly fstrim.timer keeps a pool small under ext4 (and XFS, btrfs, JFS, vfat, exfat, which were seen to do the same on
#   6.1); NTFS volumes of guests need the mount option, f2fs an unmount, nilfs2 its cleaner.
. "$(dirname "$0")/lib.sh"
LD_LIBRARY_PATH='' suite bookworm util-linux=2.38.1-5+deb12u3 e2fsprogs=1.47.0-2+b2 f2fs-tools=1.15.0-1 \
  nilfs-tools=2.2.9-1 ntfs-3g=1:2022.10.3-1+deb12u3
mkdir -p "$work/tree/unpacked"
find "$work/bookworm" -type f -path '*sbin*' \
  \( -name fstrim -o -name mke2fs -o -name mkfs.f2fs -o -name mkfs.nilfs2 -o -name mkntfs \) \
  -exec cp {} "$work/tree/unpacked" \;
find "$work/bookworm" -path '*x86_64-linux-gnu*' -name '*.so*' ! -path '*/*-gnu/*/*' \
  -exec cp -L {} "$work/tree/unpacked" \; 2>/dev/null

seen() { # SUITE VERSION
  guest "$1" "$2" --module ext4 --module crc32_generic --module f2fs --module nilfs2 --module ntfs3 <<'END'
unset LD_LIBRARY_PATH
run() {
  local program=$1
  shift
  /unpacked/ld-linux-x86-64.so.2 --library-path /unpacked "/unpacked/$program" "$@"
}
mkdir -p /mnt /etc
ln -sf /proc/mounts /etc/mtab
truncate -s 4M metadata
losetup /dev/loop0 metadata
truncate -s 1G data
losetup /dev/loop1 data
dmsetup create pool --table "0 2097152 thin-pool /dev/loop0 /dev/loop1 128 0 1 skip_block_zeroing"
kept() { # MIB: whether most of the file is mapped still, when MIB were without it; ext4 adds some of its own meanwhile
  sync
  [ $(($(dmsetup status thin | cut -d ' ' -f 4) / 2048 - $1)) -gt 50 ] && echo kept || echo free
}
id=0
try() { # FILE-SYSTEM MOUNT-OPTION MKFS...
  local fs=$1 option=$2
  shift 2
  dmsetup message pool 0 "create_thin $id"
  dmsetup create thin --table "0 1048576 thin /dev/mapper/pool $id"
  run "$@" /dev/mapper/thin >/dev/null 2>&1
  mount -t "$fs" -o "$option" /dev/mapper/thin /mnt
  sync
  before=$(($(dmsetup status thin | cut -d ' ' -f 4) / 2048))
  dd if=/dev/urandom of=/mnt/file bs=1M count=100 2>/dev/null
  with=$(kept $before)
  rm /mnt/file
  sync
  sleep 1
  without=$(kept $before)
  run fstrim /mnt 2>/dev/null
  status=$?
  trimmed=$(kept $before)
  umount /mnt
  echo "$fs, $option: $with, deleted $without, fstrim (status $status) $trimmed, unmounted $(kept $before)"
  dmsetup remove thin
  dmsetup message pool 0 "delete $id"
  id=$((id + 1))
}
try ext4 defaults mke2fs -q -F -t ext4
try nilfs2 defaults mkfs.nilfs2 -q -f
try f2fs defaults mkfs.f2fs -q -f
try ntfs3 defaults mkntfs -Q -F -q
try ntfs3 discard mkntfs -Q -F -q
END
}
expect "100 MiB of a file, Linux 6.12" "$(seen trixie 6.12)" "ext4, defaults: kept, deleted kept, fstrim (status 0) free, unmounted free
nilfs2, defaults: kept, deleted kept, fstrim (status 0) kept, unmounted kept
f2fs, defaults: kept, deleted kept, fstrim (status 0) kept, unmounted free
ntfs3, defaults: kept, deleted kept, fstrim (status 1) kept, unmounted kept
ntfs3, discard: kept, deleted free, fstrim (status 0) free, unmounted free"
