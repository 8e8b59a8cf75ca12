// Merges ascending neighbours into ranges: Linux 6.1 dm_tm_with_runs.
#pragma once

#include <cstdint>
#include <span>

#include "persistent-data/format/tree_value.h"

namespace pdata {

// Calls on_run(begin, end) for each maximal run of `values`, 64-bit integers,
// in their order. `block_of` makes the block number from a value.
template <class BlockOf, class OnRun>
void for_each_run(std::span<const std::byte> values, BlockOf block_of, OnRun on_run) {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  for (std::size_t at = 0; at < values.size(); at += sizeof(std::uint64_t)) {
    const std::uint64_t block = block_of(decode_u64(values.subspan(at)));
    if (at != 0 && block == end) {
      ++end;
      continue;
    }
    if (at != 0) on_run(begin, end);
    begin = block;
    end = block + 1;
  }
  if (!values.empty()) on_run(begin, end);
}

}  // namespace pdata
