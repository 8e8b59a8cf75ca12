// Reference counts of the blocks of a device, as trees and the transaction
// manager see them (Linux 6.1 dm-space-map.h). The data map and the metadata
// map implement it. Block numbers are of the counted device.
#pragma once

#include <cstdint>

#include "persistent-data/base/status.h"

namespace pdata {

class space_map {
 public:
  virtual ~space_map() = default;

  // Finds a block that is free now and was free at the last commit; its count
  // becomes 1. ENOSPC if there is none.
  virtual result<std::uint64_t> new_block() = 0;

  virtual status inc(std::uint64_t begin, std::uint64_t end) = 0;
  virtual status dec(std::uint64_t begin, std::uint64_t end) = 0;
  virtual result<std::uint32_t> count(std::uint64_t block) = 0;
  // May say yes for a block with a count of 1, never no for a higher one.
  virtual result<bool> count_is_more_than_one(std::uint64_t block) = 0;

  // False while counts are made: what is said of them does not hold afterwards.
  virtual bool has_counts() const { return true; }

  virtual status extend(std::uint64_t extra_blocks) = 0;
  virtual status commit() = 0;
  virtual std::uint64_t nr_blocks() const = 0;
  virtual std::uint64_t nr_free() const = 0;
};

}  // namespace pdata
