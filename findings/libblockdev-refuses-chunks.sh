#!/usr/bin/env bash
# libblockdev 3.3.0 (Debian 13; installers and UDisks use it): is 192 KiB a chunk size for a thin pool whose volumes shall take
# discards? (bd_lvm_is_valid_thpool_chunk_size, with discard)
#
# Expected: yes. Multiples of 64 KiB are chunk sizes, and the pool's rows should be those of the array below (three data disks with
#   64 KiB each); the kernel discards in such chunks.
# Seen: no: with discard only powers of two are valid, 128 KiB and 256 KiB, but neither 192 nor 768. Linux 6.12 unmaps all of a volume
#   in chunks of 192 KiB, and passes the discards down.
# So: software that asks this library takes the sizes that fit an array of three, five or six data disks for impossible. Make
#   such a pool with lvcreate -c 192k.
. "$(dirname "$0")/lib.sh"
suite trixie libblockdev-lvm3=3.3.0-2.1

cat >"$work/ask.cc" <<'END'
#include <dlfcn.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

int main(int count, char** kib) {
  void* library = dlopen("libbd_lvm.so.3", RTLD_NOW);
  if (!library) return std::puts(dlerror()), 1;
  auto valid = reinterpret_cast<int (*)(std::uint64_t, int, void**)>(dlsym(library, "bd_lvm_is_valid_thpool_chunk_size"));
  for (int i = 1; i < count; ++i) {
    void* error = nullptr;
    const std::uint64_t size = std::strtoull(kib[i], nullptr, 10) * 1024;
    std::printf("%s KiB: %d", kib[i], valid(size, 0, &error));
    std::printf(" %d\n", valid(size, 1, &error));
  }
}
END
g++ -std=c++20 -o "$work/trixie/ask" "$work/ask.cc"
expect "valid without, with discard" "$(by_suite trixie ask 64 96 128 192 256 768)" "64 KiB: 1 1
96 KiB: 0 0
128 KiB: 1 1
192 KiB: 1 0
256 KiB: 1 1
768 KiB: 1 0"

seen() { # SUITE VERSION
  guest "$1" "$2" <<'END'
truncate -s 4M metadata
truncate -s 24M data
losetup /dev/loop0 metadata
losetup /dev/loop1 data
dmsetup create pool --table "0 49152 thin-pool /dev/loop0 /dev/loop1 384 0 1 skip_block_zeroing"
dmsetup message pool 0 "create_thin 0"
dmsetup create thin --table "0 24576 thin /dev/mapper/pool 0"
io /dev/mapper/thin write 0 24576 1 sync
echo "written: $(dmsetup status thin | cut -d ' ' -f 4), in the file $(du -k data | cut -f 1) KiB"
blkdiscard /dev/mapper/thin
echo "discarded: $(dmsetup status thin | cut -d ' ' -f 4), in the file $(du -k data | cut -f 1) KiB"
END
}
expect "192 KiB on Linux 6.12" "$(seen trixie 6.12)" "written: 24576, in the file 12288 KiB
discarded: 0, in the file 0 KiB"
