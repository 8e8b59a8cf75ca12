#!/usr/bin/env bash
# Linux 6.1 of Debian 12 (6.1.192-2), 6.12.118 and 7.3 of Debian 13: can discarding a snapshot lose what its origin had flushed?
#
# Expected: no. The origin was written and flushed, the flush was acknowledged; a discard of another device, the
#   snapshot, is no business of the origin's.
# Seen: after the origin overwrote a block and the same block of the snapshot was discarded, both within a second, a loss
#   of power leaves zeroes in the origin, where it had flushed data, and in the snapshot. The overwrite gave the
#   origin a block of its own, so the old one was the snapshot's alone and its discard was passed down at once; but the
#   origin's new mapping was not committed yet, and what comes back after the loss of power is the old one, whose block
#   the data device has wiped. Neither the old nor the new data is there.
# So: with discard_passdown (the default), flush a volume before discarding in its snapshots (fstrim, mkfs, a
#   file system mounted with discard), or use no_discard_passdown where power may fail. thin_sim explore found the
#   history; here it is on the kernel. The loss of power is a copy of both disks: the metadata as it is on the disk,
#   whose superblock is still that of the flush, and the data.
. "$(dirname "$0")/lib.sh"

seen() { # SUITE VERSION
  guest "$1" "$2" --icount <<'END'
up() { # METADATA DATA
  losetup /dev/loop0 $1
  losetup /dev/loop1 $2
  dmsetup create pool --table "0 65536 thin-pool /dev/loop0 /dev/loop1 128 0"
}
down() {
  dmsetup remove snapshot
  dmsetup remove origin
  dmsetup remove pool
  losetup -d /dev/loop0
  losetup -d /dev/loop1
}
activate() { dmsetup create $1 --table "0 16384 thin /dev/mapper/pool $2"; }
superblock() { dd if=$1 bs=4k count=1 2>/dev/null | md5sum; }
for attempt in $(seq 30); do
  rm -f metadata data crashed-metadata crashed-data
  truncate -s 4M metadata
  truncate -s 32M data
  up metadata data
  dmsetup message pool 0 "create_thin 0"
  activate origin 0
  io /dev/mapper/origin write 0 1024 1 sync
  dmsetup suspend origin
  dmsetup message pool 0 "create_snap 1 0"
  dmsetup resume origin
  activate snapshot 1
  io /dev/mapper/origin flush
  flushed=$(superblock metadata)
  io /dev/mapper/origin write 0 128 2
  blkdiscard -o 0 -l 65536 /dev/mapper/snapshot
  cat metadata >crashed-metadata
  cat data >crashed-data
  down
  [ "$(superblock crashed-metadata)" = "$flushed" ] || continue
  up crashed-metadata crashed-data
  activate origin 0
  activate snapshot 1
  for name in origin snapshot; do
    echo $name: $(io /dev/mapper/$name read 0 1024)
  done
  exit
done
echo "not in 30 attempts"
END
}
lost="origin: 0 128 zero 128 896 seed=1
snapshot: 0 128 zero 128 896 seed=1"
expect "Linux 6.1" "$(seen bookworm 6.1)" "$lost"
expect "Linux 6.12" "$(seen trixie 6.12)" "$lost"
expect "Linux 7.3" "$(seen trixie-backports 7.3)" "$lost"
