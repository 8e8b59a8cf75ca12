// Reference counts of a device's blocks, counted by several threads. One byte a
// block, in regions that are allocated when a block in them is first counted: seven bits of
// a count, and one for a mark, whose meaning is the user's. The few counts that do not fit
// stand in a map.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
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
    increment_cells<0>(first, places);
  }
  // The same, and marks them.
  void mark_places(std::uint64_t first, std::span<const std::uint16_t> places) {
    increment_cells<mark_bit>(first, places);
  }
  // Any thread, but not while others count places. Requires block < nr_blocks().
  void mark(std::uint64_t block) { small_.at(block).fetch_or(mark_bit); }

  // Cheaper, where one thread alone counts. Requires block < nr_blocks().
  void increment_alone(std::uint64_t block) {
    auto& small = small_.at(block);
    if (!increment_small<0>(small)) increment(block);
  }

  // The same of so many consecutive blocks, all in one region and below nr_blocks().
  void increment_alone(std::uint64_t first, std::uint64_t length) {
    REQUIRE(length <= region_blocks - first % region_blocks && length <= nr_blocks() - first);
    auto* const small = &small_.at(first);
    for (std::uint64_t i = 0; i < length; ++i)
      if (!increment_small<0>(small[i])) increment(first + i);
  }

  // Not while another thread counts. Requires block < nr_blocks().
  std::uint32_t get(std::uint64_t block) const;
  // The counts of consecutive blocks of one region, as bytes: a count of 127 and
  // more is 127. Not while another thread counts.
  void copy_small(std::uint64_t first, std::span<std::uint8_t> to) const;
  // Calls visit(block) for those with counts above 1, ascending; the second for the marked
  // ones alone. Not while another thread counts.
  template <class Visit>
  void for_each_repeated(Visit visit) const {
    for_each_cell([](std::uint8_t cell) { return (cell & count_bits) > 1; }, visit);
  }
  template <class Visit>
  void for_each_marked_repeated(Visit visit) const {
    for_each_cell([](std::uint8_t cell) { return cell > (mark_bit | 1); }, visit);
  }
  // Makes the region's counts zeroes, if they are not there yet.
  void touch_region(std::uint64_t region) { small_.at(region * region_blocks); }
  // Forgets the counts of a region. Not while another thread counts.
  void release_region(std::uint64_t region) { small_.release_region(region); }
  // True if no block from region_blocks * region on was ever counted, for scans.
  bool region_untouched(std::uint64_t region) const { return small_.region_untouched(region); }

 private:
  static constexpr std::uint8_t mark_bit = 128;
  static constexpr std::uint8_t count_bits = 127;
  static constexpr std::uint8_t overflowed = count_bits;

  static_assert(region_blocks == buffered_region_blocks);

  // False: it does not fit, and is as it was.
  template <std::uint8_t added_bits>
  static bool increment_small(cells::cell& small) {
    const std::uint8_t old = small.load(std::memory_order_relaxed);
    if ((old & count_bits) >= overflowed - 1) return false;
    small.store(static_cast<std::uint8_t>((old + 1) | added_bits), std::memory_order_relaxed);
    return true;
  }

  template <std::uint8_t added_bits>
  void increment_cells(std::uint64_t first, std::span<const std::uint16_t> places) {
    const std::lock_guard lock(locks_.of(first));
    auto* const small = &small_.at(first);
    for (std::size_t i = 0; i < places.size(); ++i) {
      constexpr std::size_t ahead = 24;
      if (i + ahead < places.size()) __builtin_prefetch(&small[places[i + ahead]], 1);
      const auto place = places[i];
      if (increment_small<added_bits>(small[place])) continue;
      increment(first + place);
      small[place].fetch_or(added_bits, std::memory_order_relaxed);
    }
  }

  // The cells of a piece are looked at together first: few hold what is looked for.
  template <class Wanted, class Visit>
  void for_each_cell(Wanted wanted, Visit visit) const {
    constexpr std::uint64_t piece_blocks = 4096;
    static_assert(region_blocks % piece_blocks == 0 && sizeof(cells::cell) == 1);
    std::array<std::uint8_t, piece_blocks> piece;
    for (std::uint64_t first = 0; first < nr_blocks(); first += piece_blocks) {
      if (region_untouched(first / region_blocks)) {
        first += region_blocks - piece_blocks;
        continue;
      }
      std::memcpy(piece.data(), static_cast<const void*>(small_.find(first)), piece_blocks);
      bool any = false;
      for (const auto cell : piece) any |= wanted(cell);
      if (!any) continue;
      for (std::uint64_t i = 0; i < std::min(piece_blocks, nr_blocks() - first); ++i)
        if (wanted(piece[i])) visit(first + i);
    }
  }

  cells small_;
  region_locks locks_;
  std::unordered_map<std::uint64_t, std::uint32_t> overflow_;  // whole counts of 127 and more
  std::mutex overflow_mutex_;
};

}  // namespace pdata
