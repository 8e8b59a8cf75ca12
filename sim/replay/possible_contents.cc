#include "sim/replay/possible_contents.h"

#include <algorithm>
#include <iterator>

namespace sim::replay {

// The first range that ends after `at`.
possible_contents::map::const_iterator possible_contents::find(sector at) const {
  auto next = ranges_.upper_bound(at);
  if (next != ranges_.begin() && std::prev(next)->second.end > at) --next;
  return next;
}

// Afterwards no range has `at` inside. Returns the first one at or after it.
possible_contents::map::iterator possible_contents::split(sector at) {
  const auto next = ranges_.lower_bound(at);
  if (next == ranges_.begin()) return next;
  auto& before = std::prev(next)->second;
  if (before.end <= at) return next;
  range rest{before.end, before.numbers};
  before.end = at;
  return ranges_.emplace_hint(next, at, std::move(rest));
}

void possible_contents::add(sector first, sector count, std::uint64_t number) {
  if (count == 0) return;
  const sector end = first + count;
  auto it = split(first);
  split(end);
  for (sector at = first; at < end;) {
    if (it == ranges_.end() || it->first > at) {
      const sector gap_end = it == ranges_.end() ? end : std::min(end, it->first);
      it = ranges_.emplace_hint(it, at, range{gap_end, {number}});
    } else if (auto& numbers = it->second.numbers;
               std::ranges::find(numbers, number) == numbers.end()) {
      numbers.push_back(number);
    }
    at = it->second.end;
    ++it;
  }
}

void possible_contents::settle(sector first, sector count) {
  if (ranges_.empty() || count == 0) return;
  split(first);
  const auto to = split(first + count);
  ranges_.erase(ranges_.lower_bound(first), to);
}

bool possible_contents::touches(sector first, sector count) const {
  const auto next = find(first);
  return next != ranges_.end() && next->first < first + count;
}

bool possible_contents::allow(sector first, sector count, std::uint64_t number) const {
  const sector end = first + count;
  for (auto it = find(first); first < end; ++it) {
    if (it == ranges_.end() || it->first > first) return false;
    if (std::ranges::find(it->second.numbers, number) == it->second.numbers.end()) return false;
    first = it->second.end;
  }
  return true;
}

}  // namespace sim::replay
