// Scattered blocks, put aside by the region of the device that they lie in until there are
// many of one region: what is known of its blocks fits a processor's cache then, and is changed
// under one lock. One thread's; each has its own.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "persistent-data/base/checked_math.h"

namespace pdata {

inline constexpr std::uint64_t buffered_region_blocks = std::uint64_t{1} << 16;

// `Entry` says which block of its region it is about, in 16 bits, and what of it.
template <class Entry>
class region_buffers {
 public:
  explicit region_buffers(std::uint64_t nr_blocks)
      : regions_(div_up(nr_blocks, buffered_region_blocks)),
        capacity_(std::clamp<std::size_t>(entries_max / std::max<std::size_t>(regions_.size(), 1),
                                          64, 1024)) {}

  // flush(first, entries) gets those of the region that begins with block `first`.
  template <class Flush>
  void add(std::uint64_t block, Entry entry, Flush flush) {
    auto& buffer = regions_[block / buffered_region_blocks];
    if (!buffer) buffer.reset(new entries{0, std::make_unique_for_overwrite<Entry[]>(capacity_)});
    buffer->kept[buffer->count++] = entry;
    if (buffer->count == capacity_) empty(*buffer, block / buffered_region_blocks, flush);
  }
  template <class Flush>
  void finish(Flush flush) {
    for (std::uint64_t region = 0; region < regions_.size(); ++region)
      if (regions_[region]) empty(*regions_[region], region, flush);
  }

 private:
  // The more of a region are taken at once, the better; all together stay few.
  static constexpr std::size_t entries_max = std::size_t{1} << 17;

  struct entries {
    std::size_t count;
    std::unique_ptr<Entry[]> kept;
  };

  template <class Flush>
  void empty(entries& buffer, std::uint64_t region, Flush flush) {
    flush(region * buffered_region_blocks, std::span<const Entry>(buffer.kept.get(), buffer.count));
    buffer.count = 0;
  }

  std::vector<std::unique_ptr<entries>> regions_;
  std::size_t capacity_;  // of each
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
