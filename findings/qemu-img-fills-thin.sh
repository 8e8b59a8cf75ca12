#!/usr/bin/env bash
# qemu-img 7.2 and nbdcopy 1.14.2 (Debian 12): what does a sparse image take when it is copied to a thin device?
#
# Expected: its data. Both look for zeroes and do not write them where the target can do without, and an unmapped block
#   of a thin device reads as zeroes.
# Seen: all of it: an image of 16 MiB with 1 MiB of data maps all 16 MiB. A thin device has no operation for zeroes
#   (write_zeroes_max_bytes is 0), so what both ask for (BLKZEROOUT) the kernel carries out by writing them.
# So: on a new volume, or after blkdiscard, say that it is zero: qemu-img convert -n --target-is-zero, nbdcopy
#   --destination-is-zero: 1 MiB. fstrim in the file system brings the space back afterwards.
. "$(dirname "$0")/lib.sh"
unpack qemu-utils=1:7.2+dfsg-7+deb12u18+b3 libnbd-bin=1.14.2-1
libraries qemu-utils=1:7.2+dfsg-7+deb12u18+b3 libnbd-bin=1.14.2-1

seen() { # SUITE VERSION
  guest "$1" "$2" --file "$work/root/usr/bin/qemu-img" --file "$work/root/usr/bin/nbdcopy" <<'END'
pool_with_thin 32768
truncate -s 16M image
dd if=/dev/urandom of=image bs=1M count=1 conv=notrunc 2>/dev/null
copy() { # COMMAND...
  blkdiscard /dev/mapper/thin
  "$@" image /dev/mapper/thin
  echo "$1 $2 $3: status $?, $(dmsetup status thin | cut -d ' ' -f 4) sectors mapped"
}
copy qemu-img convert -n -f raw -O raw
copy qemu-img convert --target-is-zero -n -f raw -O raw
copy nbdcopy
copy nbdcopy --destination-is-zero
END
}
expect "qemu-img 7.2 and nbdcopy 1.14.2" "$(seen bookworm 6.1)" "qemu-img convert -n: status 0, 32768 sectors mapped
qemu-img convert --target-is-zero: status 0, 2048 sectors mapped
nbdcopy  : status 0, 32768 sectors mapped
nbdcopy --destination-is-zero : status 0, 2048 sectors mapped"
