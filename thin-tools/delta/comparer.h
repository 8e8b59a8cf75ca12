// Compares the mappings of two devices, given run by run in ascending order on
// each side. Keeps only what the other side has not come to yet.
//
// Two mappings are the same if the data block is equal; times do not matter.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "persistent-data/stream/metadata_stream.h"

namespace thin_tools {

enum class difference : std::uint8_t { same, left_only, right_only, different };

// A range of virtual blocks of one kind. The data blocks are consecutive on each
// side that has some.
struct delta_piece {
  difference kind = difference::same;
  pdata::thin_block begin = 0;
  std::uint64_t length = 0;
  pdata::data_block left_data = 0;
  pdata::data_block right_data = 0;

  friend bool operator==(const delta_piece&, const delta_piece&) = default;
};

// What tells neighbouring pieces of one kind apart: nothing, or data blocks that do not go on.
enum class delta_detail : std::uint8_t { virtual_blocks, data_blocks };

class comparer {
 public:
  // Pieces are maximal and come in ascending order. Data blocks of a piece that was joined
  // regardless of them are those of its beginning.
  comparer(delta_detail detail, std::function<void(const delta_piece&)> emit)
      : detail_(detail), emit_(std::move(emit)) {}

  // Runs that are not empty.
  void add_left(std::span<const pdata::mapping_run> runs) { left_.add(runs); }
  void add_right(std::span<const pdata::mapping_run> runs) { right_.add(runs); }
  // All runs of the side below the key were added; none: all runs.
  void left_known_to(std::optional<std::uint64_t> key);
  void right_known_to(std::optional<std::uint64_t> key);

  // Compares what is known of both sides.
  void compare();
  // All is known.
  void finish();

 private:
  class side {
   public:
    void add(std::span<const pdata::mapping_run> runs);
    void known_to(std::optional<std::uint64_t> key);
    bool complete() const { return complete_; }
    std::uint64_t unknown_from() const { return unknown_from_; }

    // How much of the first run lies below the key; 0: nothing is there.
    std::uint64_t length_below(std::optional<std::uint64_t> key) const;
    // Requires that there is one.
    const pdata::mapping_run& front() const { return runs_[first_]; }
    void drop(std::uint64_t length);

   private:
    std::vector<pdata::mapping_run> runs_;
    std::size_t first_ = 0;           // those before it were compared
    std::uint64_t unknown_from_ = 0;  // runs from here on may still come
    bool complete_ = false;           // no more runs come
  };

  void emit(const delta_piece& next);

  delta_detail detail_;
  std::function<void(const delta_piece&)> emit_;
  std::optional<delta_piece> open_;  // may go on
  side left_;
  side right_;
};

}  // namespace thin_tools
