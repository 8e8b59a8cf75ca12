// Reference counts of a device's blocks, counted by several threads: a count for each block,
// and a mark, whose meaning is the user's.
//
// Memory is used in regions, when a block in one is first counted. A region has four bits for each
// block at first, three of a count and one of the mark, so that it fits the processor's first
// cache; where a count of it becomes too large, it gets a byte for each, and the few counts that
// do not fit there stand in a map.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/require.h"
#include "persistent-data/base/zeroed_pieces.h"
#include "persistent-data/format/bitmap_word.h"
#include "persistent-data/space-map/region_buffers.h"

namespace pdata {

class ref_counts {
 public:
  static constexpr std::uint64_t region_blocks = buffered_region_blocks;

  // The caller bounds nr_blocks by what the metadata device can describe
  // (16320 blocks for each of its blocks); only two pointers for each region are
  // allocated here.
  explicit ref_counts(std::uint64_t nr_blocks);

  std::uint64_t nr_blocks() const { return nr_blocks_; }

  // Any thread. Requires block < nr_blocks().
  void increment(std::uint64_t block) { add(block, 1); }
  void add(std::uint64_t block, std::uint32_t count);
  // Each of them, places in the region that begins with block `first` (region_buffers.h), by
  // any thread. Cheaper.
  void increment_places(std::uint64_t first, std::span<const std::uint16_t> places);
  // The same, and marks them.
  void mark_places(std::uint64_t first, std::span<const std::uint16_t> places);
  // Any thread. Requires block < nr_blocks().
  void mark(std::uint64_t block);
  // Cheaper, where one thread alone counts; the second so many consecutive blocks, all in one
  // region and below nr_blocks().
  void add_alone(std::uint64_t block, std::uint32_t count) {
    REQUIRE(block < nr_blocks_);
    add_to(touched(block / region_blocks), block, count);
  }
  void increment_alone(std::uint64_t first, std::uint64_t length);

  // What follows is not called while another thread counts.

  // Requires block < nr_blocks().
  std::uint32_t get(std::uint64_t block) const;
  // The counts of consecutive blocks of one region, as bytes: a larger one is small_max.
  static constexpr std::uint8_t small_max = 127;
  void copy_small(std::uint64_t first, std::span<std::uint8_t> to) const;
  // The word of a bitmap that describes the blocks from `first` on, or none if one of their counts
  // is above 2. Requires that `first` begins a word, and that all its blocks are below nr_blocks().
  std::optional<std::uint64_t> bitmap_word(std::uint64_t first) const;
  // Calls visit(block) for those with counts above 1, ascending; the second for the marked
  // ones alone.
  template <class Visit>
  void for_each_repeated(Visit visit) const {
    for_each_cell(repeated{}, visit);
  }
  template <class Visit>
  void for_each_marked_repeated(Visit visit) const {
    for_each_cell(marked_repeated{}, visit);
  }
  // Makes the region's counts zeroes, if they are not there yet.
  void touch_region(std::uint64_t region) { touched(region); }
  // Forgets the counts of a region.
  void release_region(std::uint64_t region);
  // True if no block from region_blocks * region on was ever counted, for scans.
  bool region_untouched(std::uint64_t region) const {
    const auto& cells = regions_[to_size(region)];
    return cells.narrow == nullptr && cells.wide == nullptr;
  }

 private:
  // A cell with a byte for itself.
  static constexpr std::uint8_t mark_bit = 128;
  static constexpr std::uint8_t count_bits = small_max;
  static constexpr std::uint8_t overflowed = count_bits;
  // One of two in a byte, the first block's in its lower half.
  static constexpr std::uint8_t narrow_mark_bit = 8;
  static constexpr std::uint8_t narrow_count_bits = 7;
  static constexpr unsigned narrow_width = 4;

  static std::uint8_t in_a_byte(unsigned narrow) {
    constexpr unsigned to_mark_bit = mark_bit / narrow_mark_bit;
    return static_cast<std::uint8_t>((narrow & narrow_count_bits) |
                                     (narrow & narrow_mark_bit) * to_mark_bit);
  }

  // One of them, or none.
  struct region_cells {
    std::uint8_t* narrow = nullptr;
    std::uint8_t* wide = nullptr;
  };

  // All that change a region: while its lock is held, or no other thread counts.
  region_cells& touched(std::uint64_t index);
  void widen(region_cells& what);
  void add_to(region_cells& to, std::uint64_t block, std::uint32_t count);
  enum class marking : std::uint8_t { none, each };
  template <marking how>
  void increment_each(std::uint64_t first, std::span<const std::uint16_t> places);

  // Cells of consecutive blocks of one region, each in a byte.
  void expand(std::uint64_t first, std::span<std::uint8_t> to) const;

  // What is looked for: in a byte, and whether any of sixteen narrow cells is.
  static constexpr std::uint64_t each_narrow = 0x1111111111111111;
  struct repeated {
    bool operator()(std::uint8_t cell) const { return (cell & count_bits) > 1; }
    static bool any_narrow(std::uint64_t cells) {
      return ((cells >> 1 | cells >> 2) & each_narrow) != 0;
    }
  };
  struct marked_repeated {
    bool operator()(std::uint8_t cell) const { return cell > (mark_bit | 1); }
    static bool any_narrow(std::uint64_t cells) {
      return (cells >> 3 & (cells >> 1 | cells >> 2) & each_narrow) != 0;
    }
  };
  static_assert(narrow_width == 4 && narrow_count_bits == 7 && narrow_mark_bit == 8);

  // The cells of a piece are looked at together first: few hold what is looked for.
  template <class Wanted, class Visit>
  void for_each_cell(Wanted wanted, Visit visit) const {
    constexpr std::uint64_t piece_blocks = 4096;
    static_assert(region_blocks % piece_blocks == 0);
    std::array<std::uint8_t, piece_blocks> memory;
    for (std::uint64_t first = 0; first < nr_blocks(); first += piece_blocks) {
      const auto& here = regions_[to_size(first / region_blocks)];
      if (region_untouched(first / region_blocks)) {
        first += region_blocks - piece_blocks;
        continue;
      }
      if (here.narrow != nullptr &&
          !any_in(here.narrow + first % region_blocks / 2, piece_blocks / 2, wanted))
        continue;
      const auto piece =
          std::span(memory).first(to_size(std::min(piece_blocks, nr_blocks() - first)));
      expand(first, piece);
      bool any = false;
      for (const auto cell : piece) any |= wanted(cell);
      if (!any) continue;
      for (std::size_t i = 0; i < piece.size(); ++i)
        if (wanted(piece[i])) visit(first + i);
    }
  }
  template <class Wanted>
  static bool any_in(const std::uint8_t* narrow, std::size_t bytes, Wanted) {
    bool any = false;
    for (std::size_t i = 0; i < bytes; i += sizeof(std::uint64_t)) {
      std::uint64_t cells = 0;
      std::memcpy(&cells, narrow + i, sizeof cells);
      any |= Wanted::any_narrow(cells);
    }
    return any;
  }

  std::uint64_t nr_blocks_;
  std::vector<region_cells> regions_;
  zeroed_pieces narrow_memory_;
  zeroed_pieces wide_memory_;
  // Where most regions had to be widened, others begin so.
  std::atomic<std::uint64_t> nr_narrow_made_ = 0;
  std::atomic<std::uint64_t> nr_widened_ = 0;
  region_locks locks_;
  std::unordered_map<std::uint64_t, std::uint32_t> overflow_;  // whole counts of 127 and more
  std::mutex overflow_mutex_;
};

}  // namespace pdata
