// How full a pool's metadata is, as its kernel sees it.
#pragma once

#include <algorithm>
#include <cstdint>

#include "persistent-data/format/superblock.h"

namespace pdata {

struct metadata_usage {  // metadata blocks
  std::uint64_t used = 0;
  std::uint64_t total = 0;
  std::uint64_t reserve = 0;  // of the free ones: what the kernel keeps for commits

  std::uint64_t free() const { return total - std::min(total, used); }
  // The kernel has nothing left to give: it goes to fail or read-only mode.
  bool full() const { return total != 0 && free() <= reserve; }
};

inline metadata_usage usage_of(const superblock& active) {
  constexpr std::uint64_t reserve_max = 4096;  // Linux 6.1 dm-thin-metadata.c
  const auto& map = active.metadata_space_map;
  return {map.nr_allocated, map.nr_blocks, std::min(map.nr_blocks / 10, reserve_max)};
}

}  // namespace pdata
