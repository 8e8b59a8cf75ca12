// A sparse store of sectors: what was put at which place, in memory that
// follows the number of runs and not the size of the device.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>

#include "sim/disk/content.h"

namespace sim {

class extent_map {
 public:
  // Replaces what is there.
  void put(sector first, sector count, const content& what);
  void erase(sector first, sector count);
  void clear() { runs_.clear(); }

  // Calls present(first, count, content) and absent(first, count) for the
  // pieces of the range, in order; together they cover it.
  template <class Present, class Absent>
  void visit(sector first, sector count, Present present, Absent absent) const;

  // Every run, in order.
  template <class Present>
  void visit_all(Present present) const {
    for (const auto& [first, run] : runs_) present(first, run.count, run.what);
  }

  bool empty() const { return runs_.empty(); }
  std::size_t nr_runs() const { return runs_.size(); }

 private:
  struct extent {
    sector count;
    content what;
  };
  using map = std::map<sector, extent>;

  // The first run that ends after `first`.
  map::const_iterator run_at(sector first) const {
    auto it = runs_.upper_bound(first);
    if (it != runs_.begin()) {
      const auto before = std::prev(it);
      if (before->first + before->second.count > first) return before;
    }
    return it;
  }
  map::iterator cut(sector first, sector count);

  map runs_;
};

template <class Present, class Absent>
void extent_map::visit(sector first, sector count, Present present, Absent absent) const {
  const sector end = first + count;
  for (auto it = run_at(first); first < end; ++it) {
    if (it == runs_.end() || it->first >= end) {
      absent(first, end - first);
      return;
    }
    if (it->first > first) {
      absent(first, it->first - first);
      first = it->first;
    }
    const sector run_end = std::min(end, it->first + it->second.count);
    present(first, run_end - first, it->second.what.at(first - it->first));
    first = run_end;
  }
}

}  // namespace sim
