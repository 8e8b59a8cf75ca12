#!/usr/bin/env bash
# Linux 6.1 of Debian 12 (6.1.192-2): what does a reserved metadata snapshot cost?
#
# Expected: some metadata blocks: it holds the trees of that moment, for tools that read them while the pool is in use.
# Seen: data space too. While it is held, no block that was mapped when it was taken comes back to the pool, be it discarded
#   or its device deleted: 16 MiB were written, 4 MiB of it discarded: still 256 blocks of 64 KiB used, and 320 when the
#   same place is written again; with the device deleted still 256. The discarded data is wiped on the data device all the
#   same, so nobody gains by it. release_metadata_snap gives the blocks back.
# So: a tool that reserves a metadata snapshot and is killed (an incremental backup with thin_delta -m) leaves a
#   pool that fills with each fstrim. If the status of the pool shows a block number where "-" is usual (held metadata
#   root, after the two pairs of counts) and no tool is running: dmsetup message POOL 0 release_metadata_snap.
. "$(dirname "$0")/lib.sh"

seen() { # SUITE VERSION
  guest "$1" "$2" <<'END'
used() { echo "$1: $(dmsetup status pool | cut -d ' ' -f 6), on the data device $(du -k data | cut -f 1) KiB"; }
fill() { dd if=/dev/urandom of=/dev/mapper/thin bs=1M count=$1 oflag=direct 2>/dev/null; }
pool_with_thin 65536 1 skip_block_zeroing
fill 16
used written
dmsetup message pool 0 reserve_metadata_snap
blkdiscard -o 0 -l 4194304 /dev/mapper/thin
used discarded
fill 4
used "written again"
dmsetup remove thin
dmsetup message pool 0 "delete 0"
used "device deleted"
dmsetup message pool 0 release_metadata_snap
used released
END
}
expect "Linux 6.1" "$(seen bookworm 6.1)" "written: 256/1024, on the data device 16384 KiB
discarded: 256/1024, on the data device 12288 KiB
written again: 320/1024, on the data device 16384 KiB
device deleted: 256/1024, on the data device 16384 KiB
released: 0/1024, on the data device 16384 KiB"
