#!/usr/bin/env bash
# mke2fs 1.47.0 (Debian 12): how much of a thin pool does an empty ext4 of 1 TiB take?
#
# Expected: about what mkfs writes (16 MB), somewhat more for pool blocks that are touched in
#   part; hardly depending on the size of the pool's blocks.
# Seen: 46 MiB in blocks of 64 KiB, 537 MiB in blocks of 1 MiB, 2136 MiB in blocks of 4 MiB:
#   each of the 512 groups of block groups (flex_bg, 16 of them) gets a few blocks of its own,
#   2 GiB apart, and each of those takes a pool block. With -E packed_meta_blocks=1 all of it
#   lies at the beginning: 28 MiB in blocks of 1 MiB.
# So: in a pool with large blocks, many small or empty ext4 volumes cost gigabytes each; with
#   packed_meta_blocks they do not. What the kernel adds later (the inode tables, zeroed while the
#   volume is mounted for the first time) is not in these figures.
. "$(dirname "$0")/lib.sh"
unpack e2fsprogs=1.47.0-2+b2 libext2fs2=1.47.0-2+b2 libcom-err2=1.47.0-2+b2 libss2=1.47.0-2+b2
export MKE2FS_CONFIG=$work/root/etc/mke2fs.conf

taken() { # KIB: pool blocks of that size that a file's data lies in, in MiB
  python3 - "$work/volume" "$1" <<'END'
import os, sys
volume = os.open(sys.argv[1], os.O_RDONLY)
block = int(sys.argv[2]) * 1024
taken, at = set(), 0
while True:
    try:
        at = os.lseek(volume, at, os.SEEK_DATA)
    except OSError:
        break
    end = os.lseek(volume, at, os.SEEK_HOLE)
    taken.update(range(at // block, (end - 1) // block + 1))
    at = end
print(len(taken) * block >> 20, "MiB")
END
}
make() { # OPTION...
  rm -f "$work/volume"
  truncate -s 1T "$work/volume"
  "$work/root/sbin/mke2fs" -q -F -t ext4 "$@" "$work/volume"
}

make
expect "blocks of 64 KiB" "$(taken 64)" "46 MiB"
expect "blocks of 256 KiB" "$(taken 256)" "146 MiB"
expect "blocks of 1 MiB" "$(taken 1024)" "537 MiB"
expect "blocks of 4 MiB" "$(taken 4096)" "2136 MiB"
make -E packed_meta_blocks=1
expect "packed, blocks of 64 KiB" "$(taken 64)" "15 MiB"
expect "packed, blocks of 1 MiB" "$(taken 1024)" "28 MiB"
expect "packed, blocks of 4 MiB" "$(taken 4096)" "96 MiB"
