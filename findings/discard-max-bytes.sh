#!/usr/bin/env bash
# Expected: a thin device whose discard_max_bytes was lowered discards as much as before, in smaller parts: lowering it is
# what the file is for, and the discard ends with success.
# Seen, with Linux 6.12.117 and 7.3.4 of Debian in QEMU: at 700 blocks of 64 KiB (no divisor of 1024 blocks) a discard of 2100
# mapped blocks ends with success, and 1400 of them stay mapped. The parts cross multiples of 1024 blocks, which
# dm-bio-prison cannot lock (dm_cell_key_has_valid_range); a warning in the kernel's log is all that tells. Linux 6.1
# unmaps all of them.
#
# Needs QEMU, busybox-static, dmsetup and a compiler, like tests/kernel, whose kernel-run boots the kernels here.
. "$(dirname "$0")/lib.sh"
kernel_tests=$(cd "$(dirname "$0")/../tests/kernel" && pwd)

g++ -O1 -static -std=c++20 -o "$work/io" "$kernel_tests/io.cc"
cat >"$work/script" <<'END'
dd if=/dev/zero of=/dev/vda bs=4096 count=1 2>/dev/null
dmsetup create pool --table "0 2097152 thin-pool /dev/vda /dev/vdb 128 0 1 skip_block_zeroing"
dmsetup message pool 0 "create_thin 0"
dmsetup create thin --table "0 524288 thin /dev/mapper/pool 0"
at=0
while [ $at -lt 268800 ]; do
  n=$((268800 - at)); [ $n -le 32768 ] || n=32768
  io /dev/mapper/thin write $at $n 1 sync
  at=$((at + n))
done
echo 45875200 >/sys/block/dm-1/queue/discard_max_bytes
io /dev/mapper/thin discard 0 268800
echo "status $?"
io /dev/mapper/thin flush
dmsetup status thin
END

# seen SUITE VERSION: what the guest printed, in one line.
seen() {
  truncate -s 8M "$work/metadata"
  truncate -s 2G "$work/data"
  "$kernel_tests/kernel-run" --suite "$1" --version "$2" --cache "${THIN_KERNEL_CACHE:-$work/cache}" \
    --timeout 900 --file "$work/io:/bin/io" "$work/script" "$work/metadata" "$work/data" | paste -sd ' '
}

expect "Linux 6.1" "$(seen bookworm 6.1)" "status 0 0 524288 thin 0 -"
expect "Linux 6.12" "$(seen trixie 6.12)" "status 0 0 524288 thin 179200 268799"
expect "Linux 7.3" "$(seen trixie-backports 7.3)" "status 0 0 524288 thin 179200 268799"
