#!/usr/bin/env bash
# Linux 6.1, 6.12 and 7.3 of Debian: a pool of 192 KiB blocks (LVM2 takes any multiple of 64 KiB as --chunksize). Its thin device says
# that it discards in units of 192 KiB; what becomes of discards of whole units, one of each of the first ten and one of all ten?
#
# Expected: each unmaps what it covers.
# Seen: of the single ones those of blocks 2, 3, 6 and 7 end with success and unmap nothing. The kernel cuts each discard at a place
#   that it takes for a multiple of the unit and finds by rounding bits, which holds for powers of two alone; the cut lies within
#   the block, and what covers a block in part leaves it. Of a longer one the first block may stay. A pool cuts so too what it
#   passes down to a data device with such units.
# So: take a power of two for the block size of a pool whose volumes are trimmed, or trim in long pieces.
. "$(dirname "$0")/lib.sh"

seen() { # SUITE VERSION
  guest "$1" "$2" <<'END' | paste -sd ' '
truncate -s 4M metadata
truncate -s 64M data
losetup /dev/loop0 metadata
losetup /dev/loop1 data
dmsetup create pool --table "0 131072 thin-pool /dev/loop0 /dev/loop1 384 0 1 skip_block_zeroing"
dmsetup message pool 0 "create_thin 0"
dmsetup create thin --table "0 3840 thin /dev/mapper/pool 0"
echo "unit $(cat /sys/block/dm-1/queue/discard_granularity)"
mapped() { dmsetup status thin | cut -d ' ' -f 4; }
for block in 0 1 2 3 4 5 6 7 8 9; do
  io /dev/mapper/thin write $((block * 384)) 384 1 sync
  blkdiscard -o $((block * 196608)) -l 196608 /dev/mapper/thin || echo "failed"
  [ "$(mapped)" = 0 ] || echo "block $block stays"
  dmsetup remove thin
  dmsetup message pool 0 "delete 0"
  dmsetup message pool 0 "create_thin 0"
  dmsetup create thin --table "0 3840 thin /dev/mapper/pool 0"
done
io /dev/mapper/thin write 0 3840 1 sync
blkdiscard -o 1179648 -l 786432 /dev/mapper/thin
echo "blocks 6 to 9 at once: $(($(mapped) / 384 - 6)) stays"
END
}
was="unit 196608 block 2 stays block 3 stays block 6 stays block 7 stays blocks 6 to 9 at once: 1 stays"
expect "Linux 6.1" "$(seen bookworm 6.1)" "$was"
expect "Linux 6.12" "$(seen trixie 6.12)" "$was"
expect "Linux 7.3" "$(seen trixie-backports 7.3)" "$was"
