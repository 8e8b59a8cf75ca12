// All pools that may come up after a loss of power at one moment. A pool reads few
// blocks; the states of the disk that agree in them are one. Blocks are chosen
// when they are read, so that all states are covered by as few as differ.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "sim/explore/survivor.h"

namespace sim::explore {

struct crash_options {
  std::size_t max_states = 256;  // of the metadata at one moment
  std::uint64_t seed = 1;
};

struct pool_state {
  survivor_ptr what;
  block_choice chosen;  // of the unflushed blocks that are read
};

class pool_states {
 public:
  pool_states(const metadata_states& of, survivor_cache& cache, const crash_options& options)
      : of_(of), cache_(cache), options_(options) {}

  // Valid until the next call.
  const std::vector<pool_state>& all(const pool_geometry& geometry);
  // Whether the last call's are all there are.
  bool is_exhaustive() const { return exhaustive_; }
  std::uint64_t nr_brought_up() const { return nr_brought_up_; }

 private:
  bool branch(const pool_geometry& geometry, block_choice& chosen, std::set<metadata_block>& fixed);
  void choose(const pool_geometry& geometry);
  void take(const pool_geometry& geometry, const block_choice& chosen);

  const metadata_states& of_;
  survivor_cache& cache_;
  crash_options options_;
  std::vector<pool_state> states_;
  bool exhaustive_ = true;
  std::uint64_t nr_brought_up_ = 0;
  std::uint64_t version_ = UINT64_MAX;  // that the states are of
  pool_geometry geometry_;
};

}  // namespace sim::explore
