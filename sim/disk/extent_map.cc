#include "sim/disk/extent_map.h"

#include <iterator>
#include <utility>

#include "persistent-data/base/near_search.h"

namespace sim {

namespace {

constexpr std::size_t few_runs = 16;  // a leaf of so few is joined with its neighbour, if

}  // namespace

void extent_map::leaf::insert(std::size_t at, sector where, extent added) {
  std::move_backward(first.begin() + at, first.begin() + size, first.begin() + size + 1);
  std::move_backward(runs.begin() + at, runs.begin() + size, runs.begin() + size + 1);
  first[at] = where;
  runs[at] = std::move(added);
  ++size;
}

void extent_map::leaf::erase(std::size_t begin, std::size_t end) {
  std::move(first.begin() + end, first.begin() + size, first.begin() + begin);
  std::move(runs.begin() + end, runs.begin() + size, runs.begin() + begin);
  const std::size_t left = size - (end - begin);
  for (std::size_t i = left; i < size; ++i) runs[i].what = content();
  size = left;
}

void extent_map::leaf::move_to(leaf& other, std::size_t at) {
  std::move(first.begin() + at, first.begin() + size, other.first.begin() + other.size);
  std::move(runs.begin() + at, runs.begin() + size, other.runs.begin() + other.size);
  other.size += size - at;
  size = at;
}

void extent_map::clear() {
  branches_.clear();
  nr_runs_ = 0;
}

// The last run that begins at or before `where`, else the first of all. Requires a run.
extent_map::place extent_map::last_not_behind(sector where) const {
  place at;
  at.branch = pdata::last_not_above(branches_.size(), where, branches_.front().first,
                                    branches_.back().first,
                                    [&](std::size_t i) { return branches_[i].first.value(); });
  const auto& leaves = branches_[at.branch].leaves;
  const bool is_last_branch = at.branch + 1 == branches_.size();
  sector end = is_last_branch ? leaves.back().first : branches_[at.branch + 1].first;
  at.leaf = pdata::last_not_above(leaves.size(), where, branches_[at.branch].first, end,
                                  [&](std::size_t i) { return leaves[i].first.value(); });
  const leaf& runs = *leaves[at.leaf].runs;
  if (at.leaf + 1 != leaves.size())
    end = leaves[at.leaf + 1].first;
  else if (is_last_branch)
    end = runs.first[runs.size - 1];
  at.run = pdata::last_not_above(runs.size, where, leaves[at.leaf].first, end,
                                 [&](std::size_t i) { return runs.first[i].value(); });
  return at;
}

// May be behind the last of its leaf. Requires a run.
extent_map::place extent_map::first_ending_after(sector where) const {
  place at = last_not_behind(where);
  if (leaf_at(at).end(at.run) <= where) ++at.run;
  return at;
}

bool extent_map::next_leaf(place& at) const {
  place next{at.branch, at.leaf + 1, 0};
  if (next.leaf == branches_[at.branch].leaves.size()) next = {at.branch + 1, 0, 0};
  if (next.branch == branches_.size()) return false;
  at = next;
  return true;
}

// After each change of the first run of a leaf.
void extent_map::note_first(const place& at) {
  auto& of = branches_[at.branch];
  of.leaves[at.leaf].first = leaf_at(at).first[0];
  of.first = of.leaves[0].first;
}

void extent_map::remove_leaf(const place& at) {
  auto& leaves = branches_[at.branch].leaves;
  leaves.erase(leaves.begin() + static_cast<std::ptrdiff_t>(at.leaf));
  if (leaves.empty())
    branches_.erase(branches_.begin() + static_cast<std::ptrdiff_t>(at.branch));
  else
    branches_[at.branch].first = leaves[0].first;
}

void extent_map::join_small(const place& at) {
  auto& leaves = branches_[at.branch].leaves;
  if (at.leaf + 1 == leaves.size()) return;
  leaf& here = *leaves[at.leaf].runs;
  leaf& next = *leaves[at.leaf + 1].runs;
  if (here.size > few_runs || here.size + next.size > runs_max / 2) return;
  next.move_to(here, 0);
  remove_leaf({at.branch, at.leaf + 1, 0});
}

void extent_map::remove(const place& at, std::size_t count) {
  nr_runs_ -= count;
  leaf& from = leaf_at(at);
  if (count == from.size) return remove_leaf(at);
  from.erase(at.run, at.run + count);
  note_first(at);
  join_small(at);
}

// Removes what the runs of one leaf have of the range, from a run that ends in or behind it
// on. True: that is all of it.
bool extent_map::cut(place at, sector first, sector end) {
  leaf& runs = leaf_at(at);
  if (const sector run_first = runs.first[at.run]; run_first < first) {
    extent& before = runs.runs[at.run];
    const sector run_end = runs.end(at.run);
    before.count = first - run_first;
    ++at.run;
    if (run_end > end) {
      insert(at, end, {run_end - end, before.what.at(end - run_first)});
      return true;
    }
  }
  std::size_t behind = at.run;
  while (behind < runs.size && runs.end(behind) <= end) ++behind;
  const bool is_all = behind < runs.size;
  if (is_all && runs.first[behind] < end) {
    extent& last = runs.runs[behind];
    const sector cut_off = end - runs.first[behind];
    last.count -= cut_off;
    last.what = last.what.at(cut_off);
    runs.first[behind] = end;
    note_first(at);
  }
  if (behind != at.run) remove(at, behind - at.run);
  return is_all;
}

void extent_map::erase(sector first, sector count) {
  const sector end = first + count;
  for (bool is_all = count == 0; !is_all && !empty();) {
    place at = first_ending_after(first);
    if (at.run == leaf_at(at).size && !next_leaf(at)) return;
    is_all = leaf_at(at).first[at.run] >= end || cut(at, first, end);
  }
}

void extent_map::add_leaf(const place& before, std::unique_ptr<leaf> added) {
  auto& leaves = branches_[before.branch].leaves;
  const sector first = added->first[0];
  leaves.insert(leaves.begin() + static_cast<std::ptrdiff_t>(before.leaf) + 1,
                {first, std::move(added)});
  if (leaves.size() <= leaves_max) return;
  const bool at_end = before.leaf + 2 == leaves.size();
  const auto half =
      leaves.begin() + static_cast<std::ptrdiff_t>(at_end ? leaves.size() - 1 : leaves.size() / 2);
  branch upper;
  upper.leaves.assign(std::make_move_iterator(half), std::make_move_iterator(leaves.end()));
  upper.first = upper.leaves[0].first;
  leaves.erase(half, leaves.end());
  branches_.insert(branches_.begin() + static_cast<std::ptrdiff_t>(before.branch) + 1,
                   std::move(upper));
}

// `at`: the run before which it belongs, or the end of a leaf.
void extent_map::insert(const place& at, sector first, extent added) {
  ++nr_runs_;
  if (branches_.empty()) {
    auto& made = branches_.emplace_back();
    made.leaves.push_back({first, std::make_unique<leaf>()});
  }
  leaf& runs = leaf_at(at);
  if (runs.size < runs_max) {
    runs.insert(at.run, first, std::move(added));
    return note_first(at);
  }
  // The next leaf takes a part if it has room, so that leaves are fuller than halves that fill up.
  auto& leaves = branches_[at.branch].leaves;
  constexpr std::size_t worth_moving = 8;
  if (at.run != runs.size && at.leaf + 1 != leaves.size()) {
    leaf& next = *leaves[at.leaf + 1].runs;
    const std::size_t moved = (runs_max - next.size) / 2;
    if (moved >= worth_moving) {
      const std::size_t kept = runs.size - moved;
      std::move_backward(next.first.begin(), next.first.begin() + next.size,
                         next.first.begin() + next.size + moved);
      std::move_backward(next.runs.begin(), next.runs.begin() + next.size,
                         next.runs.begin() + next.size + moved);
      std::move(runs.first.begin() + kept, runs.first.end(), next.first.begin());
      std::move(runs.runs.begin() + kept, runs.runs.end(), next.runs.begin());
      next.size += moved;
      runs.size = kept;
      if (at.run > kept)
        next.insert(at.run - kept, first, std::move(added));
      else
        runs.insert(at.run, first, std::move(added));
      note_first(at);
      return note_first({at.branch, at.leaf + 1, 0});
    }
  }
  auto upper = std::make_unique<leaf>();
  constexpr std::size_t half = runs_max / 2;
  if (at.run == runs.size) {  // is often followed by more
    upper->insert(0, first, std::move(added));
  } else {
    runs.move_to(*upper, half);
    if (at.run > half)
      upper->insert(at.run - half, first, std::move(added));
    else
      runs.insert(at.run, first, std::move(added));
    note_first(at);
  }
  add_leaf(at, std::move(upper));
}

// What lies beside the range, which is free: joined with it if it continues.
void extent_map::fill(place at, sector first, const extent& added) {
  const sector end = first + added.count;
  extent* before = nullptr;
  if (!empty() && at.run != 0) {
    leaf& runs = leaf_at(at);
    extent& last = runs.runs[at.run - 1];
    if (runs.end(at.run - 1) == first && last.what.continues_with(added.what, last.count))
      before = &last;
  }
  place next = at;
  const bool has_next = !empty() && (at.run != leaf_at(at).size || next_leaf(next));
  const bool joins_next = has_next && leaf_at(next).first[next.run] == end &&
                          added.what.continues_with(leaf_at(next).runs[next.run].what, added.count);
  if (before != nullptr) {
    before->count += added.count;
    if (!joins_next) return;
    before->count += leaf_at(next).runs[next.run].count;
    return remove(next, 1);
  }
  if (!joins_next) return insert(at, first, added);
  leaf& runs = leaf_at(next);
  runs.first[next.run] = first;
  runs.runs[next.run] = {added.count + runs.runs[next.run].count, added.what};
  note_first(next);
}

// Written again as it was written before: nothing moves. False: something has to.
bool extent_map::replace(const place& at, sector first, const extent& added) {
  leaf& runs = leaf_at(at);
  if (at.run == runs.size || runs.first[at.run] != first || runs.runs[at.run].count != added.count)
    return false;
  if (at.run == 0 || at.run + 1 == runs.size) return false;
  const extent& before = runs.runs[at.run - 1];
  const extent& next = runs.runs[at.run + 1];
  if (runs.end(at.run - 1) == first && before.what.continues_with(added.what, before.count))
    return false;
  if (runs.first[at.run + 1] == first + added.count &&
      added.what.continues_with(next.what, added.count))
    return false;
  runs.runs[at.run].what = added.what;
  return true;
}

void extent_map::put(sector first, sector count, const content& what) {
  if (count == 0) return;
  const extent added{count, what};
  if (empty()) return fill({}, first, added);
  place at = first_ending_after(first);
  if (replace(at, first, added)) return;
  place next = at;
  const bool has_next = at.run != leaf_at(at).size || next_leaf(next);
  if (has_next && leaf_at(next).first[next.run] < first + count) {
    erase(first, count);
    at = empty() ? place() : first_ending_after(first);
  }
  fill(at, first, added);
}

}  // namespace sim
