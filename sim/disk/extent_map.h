// A sparse store of sectors: what was put at which place, in memory that
// follows the number of runs and not the size of the device.
//
// The runs lie in leaves of up to 64, in order, their first sectors apart from
// the rest, so that a search touches few lines of the processor's cache; leaves
// hang on branches of up to 512. Ascending insertions leave full leaves.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "sim/disk/content.h"

namespace sim {

class extent_map {
 public:
  // Replaces what is there.
  void put(sector first, sector count, const content& what);
  void erase(sector first, sector count);
  void clear();

  // Calls present(first, count, content) and absent(first, count) for the
  // pieces of the range, in order; together they cover it.
  template <class Present, class Absent>
  void visit(sector first, sector count, Present present, Absent absent) const;

  // Every run, in order.
  template <class Present>
  void visit_all(Present present) const;

  bool empty() const { return nr_runs_ == 0; }
  std::size_t nr_runs() const { return nr_runs_; }

 private:
  static constexpr std::size_t runs_max = 64;     // of a leaf
  static constexpr std::size_t leaves_max = 512;  // of a branch

  struct extent {
    sector count = 0;
    content what;
  };
  // Never empty.
  struct leaf {
    std::size_t size = 0;
    std::array<sector, runs_max> first;
    std::array<extent, runs_max> runs;

    sector end(std::size_t at) const { return first[at] + runs[at].count; }
    void insert(std::size_t at, sector where, extent added);
    void erase(std::size_t begin, std::size_t end);
    // Moves the runs from `at` on to the end of another leaf.
    void move_to(leaf& other, std::size_t at);
  };
  // Sorted by `first`, which is that of the first run below.
  struct leaf_place {
    sector first = 0;
    std::unique_ptr<leaf> runs;
  };
  struct branch {
    sector first = 0;
    std::vector<leaf_place> leaves;  // never empty
  };

  // A run, or the place behind the last one of a leaf.
  struct place {
    std::size_t branch = 0;
    std::size_t leaf = 0;
    std::size_t run = 0;
  };

  const leaf& leaf_at(const place& at) const { return *branches_[at.branch].leaves[at.leaf].runs; }
  leaf& leaf_at(const place& at) { return *branches_[at.branch].leaves[at.leaf].runs; }
  place last_not_behind(sector where) const;
  place first_ending_after(sector where) const;
  // Goes on to the next leaf; false: there is none.
  bool next_leaf(place& at) const;
  void note_first(const place& at);
  bool cut(place at, sector first, sector end);
  bool replace(const place& at, sector first, const extent& added);
  void fill(place at, sector first, const extent& added);
  void insert(const place& at, sector first, extent added);
  void add_leaf(const place& before, std::unique_ptr<leaf> added);
  void remove(const place& at, std::size_t count);
  void remove_leaf(const place& at);
  void join_small(const place& at);

  std::vector<branch> branches_;
  std::size_t nr_runs_ = 0;
};

template <class Present, class Absent>
void extent_map::visit(sector first, sector count, Present present, Absent absent) const {
  const sector end = first + count;
  if (empty()) {
    if (count != 0) absent(first, count);
    return;
  }
  place at = first_ending_after(first);
  while (first < end) {
    const leaf* here = &leaf_at(at);
    if (at.run == here->size) {
      if (!next_leaf(at)) return absent(first, end - first);
      here = &leaf_at(at);
    }
    const sector run_first = here->first[at.run];
    if (run_first >= end) return absent(first, end - first);
    if (run_first > first) {
      absent(first, run_first - first);
      first = run_first;
    }
    const sector run_end = std::min(end, here->end(at.run));
    present(first, run_end - first, here->runs[at.run].what.at(first - run_first));
    first = run_end;
    ++at.run;
  }
}

template <class Present>
void extent_map::visit_all(Present present) const {
  for (const auto& b : branches_)
    for (const auto& l : b.leaves)
      for (std::size_t i = 0; i < l.runs->size; ++i)
        present(l.runs->first[i], l.runs->runs[i].count, l.runs->runs[i].what);
}

}  // namespace sim
