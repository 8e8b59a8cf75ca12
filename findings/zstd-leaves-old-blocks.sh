#!/usr/bin/env bash
# zstd 1.5.4 (Debian 12): does zstd -d IMAGE.zst -o DEVICE write the image to the device?
#
# Expected: yes; sparse files are for files, and the manual speaks of files.
# Seen: it seeks over the image's zeroes on a block device too, so what the device held there stays: an image of
#   1 MiB of data and 15 MiB of zeroes leaves the old data in nearly all of the 15 MiB, and the status is 0.
# So: on a new thin volume this is just what one wants, nothing is provisioned for zeroes; on one that was in use it mixes
#   two images. blkdiscard the volume first, or use zstd -d --no-sparse, or zstd -dc to the device.
. "$(dirname "$0")/lib.sh"
unpack zstd=1.5.4+dfsg2-5
libraries zstd=1.5.4+dfsg2-5

seen() { # SUITE VERSION
  guest "$1" "$2" --file "$work/root/usr/bin/zstd" <<'END'
pool_with_thin 32768
truncate -s 16M image
dd if=/dev/urandom of=image bs=1M count=1 conv=notrunc 2>/dev/null
zstd -q image -o image.zst
old() { io /dev/mapper/thin write 0 32768 1 sync; }
compare() {
  echo "$1: status $?, $(io /dev/mapper/thin read 0 32768 | awk '/seed=1/ {n += $2} END {print n + 0}') old sectors"
}
old
zstd -q -d -f image.zst -o /dev/mapper/thin
compare "to the device"
old
zstd -q -d -f --no-sparse image.zst -o /dev/mapper/thin
compare --no-sparse
blkdiscard /dev/mapper/thin
zstd -q -d -f image.zst -o /dev/mapper/thin
mapped=$(dmsetup status thin | cut -d ' ' -f 4)
cmp image /dev/mapper/thin && [ $mapped -lt 4096 ] && echo "discarded before: equal, few blocks mapped"
END
}
expect "zstd 1.5.4" "$(seen bookworm 6.1)" "to the device: status 0, 30656 old sectors
--no-sparse: status 0, 0 old sectors
discarded before: equal, few blocks mapped"
