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
      : buffers_(to_size(div_up(nr_blocks, buffered_region_blocks))),
        capacity_(std::bit_floor(std::clamp<std::size_t>(
            entries_max / std::max<std::size_t>(buffers_.size(), 1), capacity_min, capacity_max))) {
  }

  // flush(first, entries) gets those of the region that begins with block `first`.
  template <class Flush>
  void add(std::uint64_t block, Entry entry, Flush flush) {
    buffer& to = buffers_[to_size(block / buffered_region_blocks)];
    if (to.next == to.end) to = make_buffer();
    *to.next++ = entry;
    if (to.next == to.end) hand_over(to, block / buffered_region_blocks, flush);
  }
  template <class Flush>
  void finish(Flush flush) {
    for (std::size_t region = 0; region < buffers_.size(); ++region)
      hand_over(buffers_[region], region, flush);
  }

 private:
  // The more of a region are taken at once, the oftener a line of the cache is used before it
  // leaves it; all together stay few.
  static constexpr std::size_t entries_max = std::size_t{1} << 19;
  static constexpr std::size_t capacity_min = 64;
  static constexpr std::size_t capacity_max = 4096;
  static constexpr std::size_t slab_buffers = 8;
  // Of a cache, and of what a set of them repeats after.
  static constexpr std::size_t line_entries = 64 / sizeof(Entry);
  static constexpr std::size_t period_entries = 4096 / sizeof(Entry);
  static_assert(std::has_single_bit(sizeof(Entry)) && std::is_trivially_copyable_v<Entry>);

  // Where the next entry goes, and where there is no more room; both null: not made yet.
  struct buffer {
    Entry* next = nullptr;
    Entry* end = nullptr;
  };

  // All buffers fill at about the same pace. Each begins a line further than the one before it,
  // so that the lines that are written to at one time do not all want the same place in the
  // processor's first cache.
  buffer make_buffer() {
    const std::size_t pitch = capacity_ + line_entries;
    if (nr_fresh_ == 0) {
      const std::size_t shift = slabs_.size() * slab_buffers * line_entries % period_entries;
      slabs_.push_back(
          std::make_unique_for_overwrite<Entry[]>(shift + slab_buffers * pitch + period_entries));
      fresh_ = slabs_.back().get();
      const auto address = reinterpret_cast<std::uintptr_t>(fresh_) / sizeof(Entry);
      fresh_ += (period_entries - address % period_entries) % period_entries + shift;
      nr_fresh_ = slab_buffers;
    }
    --nr_fresh_;
    Entry* const begin = std::exchange(fresh_, fresh_ + pitch);
    return {begin, begin + capacity_};
  }

  template <class Flush>
  void hand_over(buffer& from, std::uint64_t region, Flush flush) {
    if (from.end == nullptr) return;
    Entry* const begin = from.end - capacity_;
    const std::span<const Entry> entries(begin, from.next);
    from.next = begin;
    if (!entries.empty()) flush(region * buffered_region_blocks, entries);
  }

  std::vector<buffer> buffers_;  // by region
  std::size_t capacity_;         // of each
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
    return locks_[to_size(block / buffered_region_blocks % locks_.size())];
  }

 private:
  std::array<std::mutex, 32> locks_;
};

}  // namespace pdata
