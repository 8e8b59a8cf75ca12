// Sectors that may hold one of several things: requests that failed half-way, or
// still wait for space, or were lost or not with the power.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "persistent-data/base/ids.h"

namespace sim::replay {

using pdata::sector;

class possible_contents {
 public:
  static constexpr std::uint64_t zeroes = 0;

  // The sectors may hold what the request of that number wrote, or zeroes.
  void add(sector first, sector count, std::uint64_t number);
  // What the sectors hold is known again.
  void settle(sector first, sector count);
  void clear() { ranges_.clear(); }

  bool empty() const { return ranges_.empty(); }
  bool touches(sector first, sector count) const;
  // Each of the sectors may hold that.
  bool allow(sector first, sector count, std::uint64_t number) const;

 private:
  struct range {
    sector end;
    std::vector<std::uint64_t> numbers;
  };
  using map = std::map<sector, range>;

  map::iterator split(sector at);
  map::const_iterator find(sector at) const;

  map ranges_;
};

}  // namespace sim::replay
