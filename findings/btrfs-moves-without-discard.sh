#!/usr/bin/env bash
# btrfs-progs 6.14 (Debian 13) on Linux 6.12 and 7.3: a btrfs with default options (discard=async) on thin volumes; what do "btrfs
# balance" and "btrfs device remove" leave provisioned where the data was before?
#
# Expected: nothing, at the latest after a minute: mount shows discard=async, and a file that is deleted comes back to the pool.
# Seen: all of it. After a balance of 100 MiB the pool holds them twice until fstrim runs. Of a device that was removed they
#   stay for good: it belongs to no file system any more, so no fstrim reaches it. The file itself, once deleted, is given back by the
#   background discard.
# So: fstrim after each balance, with room in the pool for a second copy; blkdiscard the volume after btrfs device remove
#   (lvremove gives the space back to the pool anyhow).
. "$(dirname "$0")/lib.sh"
suite trixie btrfs-progs=6.14-1 util-linux=2.41.5-0+deb13u1
programs trixie btrfs mkfs.btrfs fstrim

seen() { # SUITE VERSION
  guest "$1" "$2" --module btrfs <<'END'
mkdir -p /mnt
truncate -s 4M metadata
truncate -s 1G data
losetup /dev/loop0 metadata
losetup /dev/loop1 data
dmsetup create pool --table "0 2097152 thin-pool /dev/loop0 /dev/loop1 128 0 1 skip_block_zeroing"
for id in 1 2; do
  dmsetup message pool 0 "create_thin $id"
  dmsetup create thin$id --table "0 2097152 thin /dev/mapper/pool $id"
done
hundreds() { # DEVICE: how many times 100 MiB are mapped; the rest is of the file system
  echo $(($(dmsetup status $1 | cut -d ' ' -f 4) / 204800))
}
report() { echo "$1: $(hundreds thin1) + $(hundreds thin2)"; }
/trixie/mkfs.btrfs -q -d single -m single /dev/mapper/thin1
mount -t btrfs /dev/mapper/thin1 /mnt
grep -o 'discard=[a-z]*' /proc/mounts
dd if=/dev/urandom of=/mnt/file bs=1M count=100 2>/dev/null
sync
report written
/trixie/btrfs balance start --full-balance /mnt >/dev/null 2>&1
sync
sleep 60
report "balanced, a minute later"
/trixie/fstrim /mnt
report fstrim
/trixie/btrfs device add /dev/mapper/thin2 /mnt >/dev/null
/trixie/btrfs device remove /dev/mapper/thin1 /mnt
sync
sleep 60
/trixie/fstrim /mnt
report "moved to the other device, a minute later, fstrim"
rm /mnt/file
sync
for turn in $(seq 60); do [ "$(hundreds thin2)" -gt 0 ] && sleep 5; done
report "file deleted"
END
}
was="discard=async
written: 1 + 0
balanced, a minute later: 2 + 0
fstrim: 1 + 0
moved to the other device, a minute later, fstrim: 1 + 1
file deleted: 1 + 0"
expect "Linux 6.12" "$(seen trixie 6.12)" "$was"
expect "Linux 7.3" "$(seen trixie-backports 7.3)" "$was"
