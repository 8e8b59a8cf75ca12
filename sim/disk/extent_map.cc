#include "sim/disk/extent_map.h"

#include <utility>

namespace sim {

// Makes room: after it no run overlaps the range. Returns the place where a run
// that begins at `first` belongs.
extent_map::map::iterator extent_map::cut(sector first, sector count) {
  const sector end = first + count;
  auto it = runs_.lower_bound(first);
  if (it != runs_.begin()) {
    const auto before = std::prev(it);
    const sector before_end = before->first + before->second.count;
    if (before_end > first) {
      if (before_end > end)
        it = runs_.emplace_hint(
            it, end, extent{before_end - end, before->second.what.at(end - before->first)});
      before->second.count = first - before->first;
    }
  }
  while (it != runs_.end() && it->first < end) {
    const sector run_end = it->first + it->second.count;
    if (run_end > end)
      runs_.emplace_hint(std::next(it), end,
                         extent{run_end - end, it->second.what.at(end - it->first)});
    it = runs_.erase(it);
  }
  return it;
}

void extent_map::put(sector first, sector count, const content& what) {
  if (count == 0) return;
  auto next = cut(first, count);
  if (next != runs_.begin()) {
    const auto before = std::prev(next);
    if (before->first + before->second.count == first &&
        before->second.what.continues_with(what, before->second.count)) {
      before->second.count += count;
      if (next != runs_.end() && next->first == first + count &&
          what.continues_with(next->second.what, count)) {
        before->second.count += next->second.count;
        runs_.erase(next);
      }
      return;
    }
  }
  extent added{count, what};
  if (next != runs_.end() && next->first == first + count &&
      what.continues_with(next->second.what, count)) {
    added.count += next->second.count;
    next = runs_.erase(next);
  }
  runs_.emplace_hint(next, first, std::move(added));
}

void extent_map::erase(sector first, sector count) {
  if (count != 0) cut(first, count);
}

}  // namespace sim
