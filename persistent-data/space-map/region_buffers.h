// Scattered blocks, put aside by the region of the device that they lie in until there are
// many of one region: what is known of its blocks fits a processor's cache then, and is changed
// under one lock. One thread's; each has its own.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "persistent-data/base/checked_math.h"

namespace pdata {

inline constexpr std::uint64_t buffered_region_blocks = std::uint64_t{1} << 16;

// `Entry` says which block of its region it is about, in 16 bits, and what of it.
template <class Entry>
class region_buffers {
 public:
  explicit region_buffers(std::uint64_t nr_blocks)
      : next_(div_up(nr_blocks, buffered_region_blocks)),
        capacity_(std::bit_floor(std::clamp<std::size_t>(
            entries_max / std::max<std::size_t>(next_.size(), 1), capacity_min, capacity_max))) {}

  // flush(first, entries) gets those of the region that begins with block `first`.
  template <class Flush>
  void add(std::uint64_t block, Entry entry, Flush flush) {
    Entry*& next = next_[block / buffered_region_blocks];
    if (next == nullptr) next = make_buffer();
    *next++ = entry;
    if (offset_of(next) == 0) {
      next -= capacity_;
      hand_over(next, capacity_, block / buffered_region_blocks, flush);
    }
  }
  template <class Flush>
  void finish(Flush flush) {
    for (std::uint64_t region = 0; region < next_.size(); ++region) {
      if (next_[region] == nullptr) continue;
      const std::size_t count = offset_of(next_[region]);
      next_[region] -= count;
      if (count != 0) hand_over(next_[region], count, region, flush);
    }
  }

 private:
  // The more of a region are taken at once, the oftener a line of the cache is used before it
  // leaves it; all together stay few.
  static constexpr std::size_t entries_max = std::size_t{1} << 19;
  static constexpr std::size_t capacity_min = 64;
  static constexpr std::size_t capacity_max = 4096;
  static constexpr std::size_t slab_buffers = 8;
  static_assert(std::has_single_bit(sizeof(Entry)) && std::is_trivially_copyable_v<Entry>);

  // A buffer lies at a multiple of its size, so an address tells how full it is.
  std::size_t offset_of(const Entry* at) const {
    return reinterpret_cast<std::uintptr_t>(at) / sizeof(Entry) & (capacity_ - 1);
  }

  Entry* make_buffer() {
    if (nr_fresh_ == 0) {
      slabs_.push_back(std::make_unique_for_overwrite<Entry[]>((slab_buffers + 1) * capacity_));
      fresh_ = slabs_.back().get();
      fresh_ += (capacity_ - offset_of(fresh_)) & (capacity_ - 1);
      nr_fresh_ = slab_buffers;
    }
    --nr_fresh_;
    return std::exchange(fresh_, fresh_ + capacity_);
  }

  template <class Flush>
  static void hand_over(const Entry* begin, std::size_t count, std::uint64_t region, Flush flush) {
    flush(region * buffered_region_blocks, std::span<const Entry>(begin, count));
  }

  std::vector<Entry*> next_;  // by region: where the next entry goes
  std::size_t capacity_;      // of each, a power of two
  std::vector<std::unique_ptr<Entry[]>> slabs_;
  Entry* fresh_ = nullptr;  // of the newest slab: buffers that are in no use yet
  std::size_t nr_fresh_ = 0;
};

// The place of a block in its region.
constexpr std::uint16_t place_in_region(std::uint64_t block) {
  return static_cast<std::uint16_t>(block % buffered_region_blocks);
}

// A few locks for the regions of a device.
class region_locks {
 public:
  std::mutex& of(std::uint64_t block) {
    return locks_[block / buffered_region_blocks % locks_.size()];
  }

 private:
  std::array<std::mutex, 32> locks_;
};

}  // namespace pdata
