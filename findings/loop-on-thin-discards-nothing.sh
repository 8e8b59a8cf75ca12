#!/usr/bin/env bash
# Linux 6.1 of Debian 12 (6.1.192-2): does a loop device on a thin device pass discards on?
#
# Expected: yes. The thin device takes discards, and a loop device on a sparse file punches holes into it.
# Seen: no: its discard_max_bytes is 0, and blkdiscard and fstrim end with "Operation not supported". On a block device
#   the loop driver offers what it can do by writing zeroes, which a thin device cannot do without writing: a thin
#   device has no write_zeroes_max_bytes.
# So: partitions of a virtual machine's volume that are reached by losetup --partscan cannot be trimmed. kpartx makes
#   them with the device mapper, which passes discards on.
. "$(dirname "$0")/lib.sh"

seen() { # SUITE VERSION
  guest "$1" "$2" <<'END'
mapped() { echo "$1: $(dmsetup status --noflush thin | cut -d ' ' -f 4) sectors mapped"; }
limit() { echo "$1: $(cat /sys/block/$2/queue/$3)"; }
pool_with_thin 16384 1 skip_block_zeroing
io /dev/mapper/thin write 0 16384 1 sync
mapped written
losetup /dev/loop2 /dev/mapper/thin
limit "thin write_zeroes_max_bytes" dm-1 write_zeroes_max_bytes
limit "loop on a file" loop1 discard_max_bytes
limit "loop on thin" loop2 discard_max_bytes
blkdiscard /dev/loop2 2>&1 | sed 's/.*failed: //'
mapped "discarded through the loop"
dmsetup create part --table "0 16384 linear /dev/mapper/thin 0"
blkdiscard /dev/mapper/part
mapped "discarded through a linear device"
END
}
expect "Linux 6.1" "$(seen bookworm 6.1)" "written: 16384 sectors mapped
thin write_zeroes_max_bytes: 0
loop on a file: 4294966784
loop on thin: 0
Operation not supported
discarded through the loop: 16384 sectors mapped
discarded through a linear device: 0 sectors mapped"
