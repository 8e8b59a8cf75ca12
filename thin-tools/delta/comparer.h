// Compares the mappings of two devices, given run by run in ascending order on
// each side. Keeps only what the other side has not come to yet.
//
// Two mappings are the same if the data block is equal; times do not matter.
#pragma once

#include <deque>
#include <functional>
#include <optional>

#include "persistent-data/base/run_joiner.h"
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

// Joins pieces whose data blocks go on, too.
bool join(delta_piece& open, const delta_piece& next);

class comparer {
 public:
  // Pieces are maximal and come in ascending order.
  explicit comparer(std::function<void(const delta_piece&)> emit) : joiner_(std::move(emit)) {}

  void add_left(const pdata::mapping_run& run) { left_.runs.push_back(run); }
  void add_right(const pdata::mapping_run& run) { right_.runs.push_back(run); }
  // All runs of the side below the key were added; none: all runs.
  void left_known_to(std::optional<std::uint64_t> key);
  void right_known_to(std::optional<std::uint64_t> key);

  // Compares what is known of both sides.
  void compare();
  // All is known.
  void finish();

 private:
  struct side {
    std::deque<pdata::mapping_run> runs;
    std::uint64_t unknown_from = 0;  // runs from here on may still come
    bool complete = false;           // no more runs come

    // The first run as far as it lies below the key, or none.
    std::optional<pdata::mapping_run> front_below(std::optional<std::uint64_t> key) const;
    void drop(std::uint64_t length);
    void known_to(std::optional<std::uint64_t> key);
  };

  pdata::run_joiner<delta_piece, std::function<void(const delta_piece&)>> joiner_;
  side left_;
  side right_;
};

}  // namespace thin_tools
