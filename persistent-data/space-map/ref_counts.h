// Reference counts of a device's blocks, counted by several threads. One byte a
// block, in regions that are allocated when a block in them is first counted; the few
// counts that do not fit a byte stand in a map.
#pragma once

#include <cstdint>
#include <mutex>
#include <span>
#include <unordered_map>

#include "persistent-data/space-map/region_buffers.h"
#include "persistent-data/space-map/sparse_cells.h"

namespace pdata {

class ref_counts {
  using cells = sparse_cells<std::uint8_t, 65536>;

 public:
  static constexpr std::uint64_t region_blocks = cells::region_blocks;

  // The caller bounds nr_blocks by what the metadata device can describe
  // (16320 blocks for each of its blocks); only a pointer for each region is
  // allocated here.
  explicit ref_counts(std::uint64_t nr_blocks) : small_(nr_blocks) {}

  std::uint64_t nr_blocks() const { return small_.nr_blocks(); }

  // Any thread. Requires block < nr_blocks().
  void increment(std::uint64_t block);
  void add(std::uint64_t block, std::uint32_t count);
  // Each of them, places in the region that begins with block `first` (region_buffers.h), by
  // any thread. Cheaper, where all threads count so.
  void increment_places(std::uint64_t first, std::span<const std::uint16_t> places) {
    const std::lock_guard lock(locks_.of(first));
    auto* const small = &small_.at(first);
    for (const auto place : places) {
      const std::uint8_t old = small[place].load(std::memory_order_relaxed);
      if (old < overflowed - 1)
        small[place].store(static_cast<std::uint8_t>(old + 1), std::memory_order_relaxed);
      else
        increment(first + place);
    }
  }

  // Cheaper, where one thread alone counts. Requires block < nr_blocks().
  void increment_alone(std::uint64_t block) {
    auto& small = small_.at(block);
    const std::uint8_t old = small.load(std::memory_order_relaxed);
    if (old < overflowed - 1) {
      small.store(static_cast<std::uint8_t>(old + 1), std::memory_order_relaxed);
    } else {
      increment(block);
    }
  }

  // The same of so many consecutive blocks, all in one region and below nr_blocks().
  void increment_alone(std::uint64_t first, std::uint64_t length) {
    REQUIRE(length <= region_blocks - first % region_blocks && length <= nr_blocks() - first);
    auto* const small = &small_.at(first);
    for (std::uint64_t i = 0; i < length; ++i) {
      const std::uint8_t old = small[i].load(std::memory_order_relaxed);
      if (old < overflowed - 1)
        small[i].store(static_cast<std::uint8_t>(old + 1), std::memory_order_relaxed);
      else
        increment(first + i);
    }
  }

  // Not while another thread counts. Requires block < nr_blocks().
  std::uint32_t get(std::uint64_t block) const;
  // The counts of consecutive blocks of one region, as bytes: a count of 255 and
  // more is 255. Not while another thread counts.
  void copy_small(std::uint64_t first, std::span<std::uint8_t> to) const;
  // Makes the region's counts zeroes, if they are not there yet.
  void touch_region(std::uint64_t region) { small_.at(region * region_blocks); }
  // Forgets the counts of a region. Not while another thread counts.
  void release_region(std::uint64_t region) { small_.release_region(region); }
  // True if no block from region_blocks * region on was ever counted, for scans.
  bool region_untouched(std::uint64_t region) const { return small_.region_untouched(region); }

 private:
  static constexpr std::uint8_t overflowed = 255;

  static_assert(region_blocks == buffered_region_blocks);

  cells small_;
  region_locks locks_;
  std::unordered_map<std::uint64_t, std::uint32_t> overflow_;  // whole counts of 255 and more
  std::mutex overflow_mutex_;
};

}  // namespace pdata
