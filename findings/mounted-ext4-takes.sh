#!/usr/bin/env bash
# mke2fs 1.47.2 (Debian 13) on Linux 6.12 and 7.3: how much of a pool does an empty ext4 take once it has been mounted?
#
# Expected: what mkfs took, and a few blocks. mkfs discarded the thin volume first, so all that it did not write reads as
#   zeroes, and nothing has to be zeroed.
# Seen: a 64th of the volume's size more, whatever is stored: 128 MiB of 8 GiB, within minutes of the first mount. mke2fs leaves
#   the inode tables to the kernel, since no kernel says any more that a device has zeroes after a discard; the kernel
#   (ext4lazyinit) writes zeroes over all of them, and fstrim brings none of it back. With -E assume_storage_prezeroed=1 mke2fs
#   leaves that out, and the zeroes of the journal: 7 MiB after mkfs and after the mount (71 and 198 without).
# So: on a new or discarded thin volume mke2fs -E assume_storage_prezeroed=1; without it a volume of 1 TiB takes 16 GiB of its pool
#   by being mounted. In existing ones the space is lost to the file system's tables.
. "$(dirname "$0")/lib.sh"
suite trixie e2fsprogs=1.47.2-3+b12 util-linux=2.41.5-0+deb13u1
programs trixie mke2fs fstrim

seen() { # SUITE VERSION
  guest "$1" "$2" --module ext4 --module crc32c_generic <<'END'
mkdir -p /mnt
truncate -s 4M metadata
truncate -s 1G data
losetup /dev/loop0 metadata
losetup /dev/loop1 data
dmsetup create pool --table "0 2097152 thin-pool /dev/loop0 /dev/loop1 128 0 1 skip_block_zeroing"
taken() { echo $((($(dmsetup status thin | cut -d ' ' -f 4) + 8192) / 16384 * 8)); } # to the nearest 8 MiB
try() { # ID OPTION...
  local id=$1
  shift
  dmsetup message pool 0 "create_thin $id"
  dmsetup create thin --table "0 16777216 thin /dev/mapper/pool $id"
  /trixie/mke2fs -q -t ext4 "$@" /dev/mapper/thin
  made=$(taken)
  # Not at a tenth of the speed, which is the default.
  mount -t ext4 -o init_itable=0 /dev/mapper/thin /mnt
  while pidof ext4lazyinit >/dev/null || ps | grep -q '[e]xt4lazyinit'; do sleep 1; done
  sync
  mounted=$(taken)
  /trixie/fstrim /mnt
  sync
  echo "$*: mkfs $made MiB, mounted $mounted MiB, fstrim $(taken) MiB"
  umount /mnt
  dmsetup remove thin
  dmsetup message pool 0 "delete $id"
}
try 1 -b 4096
try 2 -b 4096 -E assume_storage_prezeroed=1
END
}
was="-b 4096: mkfs 72 MiB, mounted 200 MiB, fstrim 200 MiB
-b 4096 -E assume_storage_prezeroed=1: mkfs 8 MiB, mounted 8 MiB, fstrim 8 MiB"
expect "Linux 6.12" "$(seen trixie 6.12)" "$was"
expect "Linux 7.3" "$(seen trixie-backports 7.3)" "$was"
