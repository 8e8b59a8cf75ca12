#!/usr/bin/env bash
# Linux 6.1 of Debian 12 (6.1.192-2): does a pool with discard_passdown tell the data device when a thin device is deleted?
#
# Expected: yes: its status says discard_passdown, a discard of a block that only one device has is passed down, and
#   deleting a device unmaps all of its blocks.
# Seen: no. 16 MiB written: 16384 KiB on the data device; discarded by blkdiscard: 0; written again and the device deleted
#   by the pool's message: the pool uses 0 blocks, the data device still holds 16384 KiB.
# So: lvremove of a thin volume gives the space back to the pool, never to the SSD, the array or the file below it, whatever
#   issue_discards is. blkdiscard the volume first, where no snapshot needs the blocks; thin_trim does it for all
#   free blocks of a pool that is not active.
. "$(dirname "$0")/lib.sh"

seen() { # SUITE VERSION
  guest "$1" "$2" <<'END'
used() { echo "$1: $(dmsetup status pool | cut -d ' ' -f 6), on the data device $(du -k data | cut -f 1) KiB"; }
fill() { dd if=/dev/urandom of=/dev/mapper/thin bs=1M count=16 oflag=direct 2>/dev/null; }
pool_with_thin 65536
dmsetup status pool | grep -o discard_passdown
fill
used written
blkdiscard /dev/mapper/thin
used discarded
fill
used "written again"
dmsetup remove thin
dmsetup message pool 0 "delete 0"
sleep 2
used deleted
END
}
expect "Linux 6.1" "$(seen bookworm 6.1)" "discard_passdown
written: 256/1024, on the data device 16384 KiB
discarded: 0/1024, on the data device 0 KiB
written again: 256/1024, on the data device 16384 KiB
deleted: 0/1024, on the data device 16384 KiB"
