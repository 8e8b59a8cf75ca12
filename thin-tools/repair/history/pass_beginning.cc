#include "thin-tools/repair/history/pass_beginning.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/format/bitmap_block.h"
#include "thin-tools/repair/history/generation.h"
#include "thin-tools/repair/history/last_state_search.h"
#include "thin-tools/repair/history/mapping_lives.h"
#include "thin-tools/repair/history/state_ring.h"

namespace thin_tools {

using pdata::block_class;
using pdata::metadata_block;

namespace {

// States of the pass before that are held against each other, from the lowest on: what another
// machine wrote stands there.
constexpr std::size_t run_looked_at = 16;

// Of a state with so few blocks a commit or two write all anew: that two states of it stand behind
// each other tells little.
constexpr std::size_t tiny_blocks = 14;

class pass_beginning {
 public:
  pass_beginning(const device_scan& device, std::span<const ring_state> states, std::size_t own)
      : device_(device), states_(states), own_(own), search_(device, states, own) {}

  bool is_shown();

 private:
  // States of one session, or what may be one.
  using session = std::vector<std::size_t>;

  pdata::stored_counts counts_of(std::size_t state) const {
    return pdata::stored_counts::load(device_.reader, states_[state].index,
                                      device_.scan.nr_blocks());
  }
  // The last block that the pass may have written. With one bitmap the index block is taken last.
  metadata_block end_of_pass() const {
    const bool one_bitmap = device_.scan.nr_blocks() <= pdata::entries_per_bitmap;
    return states_[own_].index + (one_bitmap ? metadata_block(0) : behind_index_max);
  }
  bool is_unbroken(const session& pass);
  bool is_full_leaf(metadata_block b) const {
    return device_.scan[b].is_leaf_of(pdata::mapping_tree_shape) && device_.scan[b].nr_entries != 0;
  }
  template <class Wanted>
  bool has_written(std::size_t before, std::size_t state, Wanted wanted) const;
  bool wrote_leaves(std::size_t before, std::size_t state) const;
  bool left_a_leaf(std::size_t before, std::size_t state, std::size_t to) const;
  bool has_freed_above(std::size_t state, std::size_t in) const;
  bool hands_on(std::optional<std::size_t> before, std::size_t from, std::size_t to);
  bool precedes(std::size_t state, std::size_t end);
  bool has_strange_blocks(const session& pass, std::optional<std::size_t> from) const;
  bool is_tiny(std::size_t state) const { return states_[state].live.count() <= tiny_blocks; }
  std::optional<pool_state> devices_of(std::size_t state);
  bool worked_on(mapping_lives& lives, std::size_t from, std::size_t to) const;
  enum class steps : std::uint8_t { possible, certain };
  bool lives_go_on(const session& chain, std::size_t first_judged, std::size_t end, steps wanted);
  bool is_made_of(const session& run) const;
  bool is_of_older_pass(metadata_block index, metadata_block end) const;
  bool went_on(std::size_t state, const session& pass);
  bool lowest_wrote_over(std::size_t state) const;
  bool stands_below_younger_table(std::size_t first, std::size_t last);
  bool bitmaps_go_on(metadata_block from, metadata_block to) const;
  bool may_lack_blocks(std::size_t state, const session& run, const session& pass) const;
  bool is_of_one_session(const session& run, const session& pass);
  bool continues(const session& run, const session& pass);
  bool is_written_above(std::size_t state) const;

  const device_scan& device_;
  std::span<const ring_state> states_;
  std::size_t own_;
  last_state_search search_;
};

// Each state of the pass was made of the one below it: as where a second machine wrote at the
// beginning of the device it was not.
bool pass_beginning::is_unbroken(const session& pass) {
  for (std::size_t i = 1; i < pass.size(); ++i) {
    if (pass[i] != pass[i - 1] + 1) continue;  // the metadata grew
    const auto& from = states_[pass[i - 1]];
    const auto& to = states_[pass[i]];
    const auto between = std::ranges::upper_bound(device_.indices, from.index);
    for (auto at = between; at != device_.indices.end() && *at < to.index; ++at)
      if (!from.live[*at]) return false;
    if (names_free_blocks(device_, counts_of(pass[i - 1]), to.index)) return false;
  }
  return pass.size() < 2 || !search_.is_written_over(pass[pass.size() - 2]);
}

// Of the blocks that the commit wrote. They stand between the index blocks of the two; of the first
// commit of a pass from the start on.
template <class Wanted>
bool pass_beginning::has_written(std::size_t before, std::size_t state, Wanted wanted) const {
  const auto& own = states_[state];
  const auto& from = states_[before];
  for (auto b = from.index < own.index ? from.index + 1 : metadata_block(1); b < own.index; ++b)
    if (own.live[b] && !from.live[b] && wanted(b)) return true;
  return false;
}

// Or what may have been some.
bool pass_beginning::wrote_leaves(std::size_t before, std::size_t state) const {
  return has_written(before, state, [&](metadata_block b) {
    return is_full_leaf(b) || device_.scan[b].is == block_class::unusable ||
           device_.scan[b].is == block_class::blank;
  });
}

// A leaf that the commit wrote is part of another state, which is whole: that was made of it.
bool pass_beginning::left_a_leaf(std::size_t before, std::size_t state, std::size_t to) const {
  return has_written(before, state,
                     [&](metadata_block b) { return states_[to].live[b] && is_full_leaf(b); });
}

// The state has a block that the other one has not, and that whoever opened the other one has not
// come by yet: it is not made of that one.
bool pass_beginning::has_freed_above(std::size_t state, std::size_t in) const {
  for (auto b = states_[state].index + behind_index_max + 1; b < device_.scan.nr_blocks(); ++b)
    if (states_[state].live[b] && !states_[in].live[b]) return true;
  return false;
}

// Nothing that the commit made can be missing in the state above because that is not made of it.
bool pass_beginning::hands_on(std::optional<std::size_t> before, std::size_t from, std::size_t to) {
  if (!before) return false;
  if (!wrote_leaves(*before, from)) return true;
  // What the lowest state of the pass has may be of a session that is not to be seen.
  const bool is_first = states_[*before].index > states_[from].index;
  if (is_first && !has_freed_above(from, to)) return false;
  return left_a_leaf(*before, from, own_) ||
         (search_.examine(to).whole && left_a_leaf(*before, from, to));
}

// The state is older than the one at the end of its session: it has a block that no commit behind
// that one took, or the order of commits says so.
bool pass_beginning::precedes(std::size_t state, std::size_t end) {
  if (has_freed_above(state, end)) return true;
  const auto first = devices_of(state);
  const auto second = devices_of(end);
  return first && second && contradicts_order(*second, *first);
}

// By its table of devices, if nothing can have been written over that. Without trees.
std::optional<pool_state> pass_beginning::devices_of(std::size_t state) {
  const auto index = states_[state].index;
  const auto roots = survey(device_, index, counts_of(state)).details_roots;
  if (roots.size() != 1 || roots.front() <= end_of_pass() || roots.front() > index ||
      device_.scan[roots.front()].is != block_class::leaf)
    return std::nullopt;
  return pool_state{{}, {}, *device_.small_trees.details_at(roots.front())};
}

// The commit left a leaf as it was on the way to the state above: with a mapping that the states
// below had made.
bool pass_beginning::worked_on(mapping_lives& lives, std::size_t from, std::size_t to) const {
  for (auto b = states_[from].index + 1; b < states_[to].index; ++b)
    if (!states_[to].live[b] && device_.scan[b].is_leaf_of(pdata::mapping_tree_shape) &&
        lives.has_undone(b))
      return true;
  return false;
}

// Mappings go from state to state as one machine's do, and nothing comes back in the state at
// `end`. Certain: no step from `first_judged` on may be one from what one machine did to what
// another one did.
bool pass_beginning::lives_go_on(const session& chain, std::size_t first_judged, std::size_t end,
                                 steps wanted) {
  const auto twins =
      is_tiny(own_) ? mapping_lives::twins::possible : mapping_lives::twins::excluded;
  std::optional<mapping_lives> lives(std::in_place, device_, twins);
  for (std::size_t i = 1; i < chain.size(); ++i) {
    const auto from = chain[i - 1];
    const auto to = chain[i];
    if (to > from + 1) continue;  // the metadata grew
    const auto& a = search_.examine(from).whole;
    const auto& b = search_.examine(to).whole;
    if (a && b && !lives->go_on(*a, *b)) return false;
    if (!a || !b) lives.emplace(device_, twins);
    const bool is_certain =
        wanted == steps::possible || i <= first_judged ||
        (a && b ? lives->goes_on_for_certain() : !is_tiny(from)) ||
        hands_on(i > 1 ? std::optional(chain[i - 2]) : std::nullopt, from, to) ||
        worked_on(*lives, from, to);
    if (!is_certain) return false;
  }
  const auto& last = search_.examine(end).whole;
  return !last || !lives->came_back(*last);
}

// A space map that cannot be read any more, and stands behind the end of a pass: it is of an older
// one if that pass wrote over what it is made of.
bool pass_beginning::is_of_older_pass(metadata_block index, metadata_block end) const {
  const auto block = std::make_unique<pdata::block_buffer>();
  if (!device_.reader.device().read(index, block->span()).ok()) return false;
  const auto nr_bitmaps = pdata::div_up(device_.scan.nr_blocks(), pdata::entries_per_bitmap);
  for (std::uint64_t i = 0; i < std::min(nr_bitmaps, pdata::max_metadata_bitmaps); ++i) {
    const auto at = pdata::load_index_entry(block->view(), i).location;
    // What stands below the end of the last pass may have been written over by that.
    if (at > end_of_pass() && at <= end && device_.scan[at].is != block_class::bitmap) return true;
  }
  return false;
}

// All that is free above the highest index block was written, and not by the lowest state: another
// commit may have gone around the end of the device, and its index block stood below.
bool pass_beginning::is_written_above(std::size_t state) const {
  bool any = false;
  for (auto b = states_[state].index + 1; b < end_of_map(device_); ++b) {
    if (states_[state].live[b] || states_.front().live[b]) continue;
    if (device_.scan[b].is == block_class::blank) return false;
    any = true;
  }
  return any;
}

// Another state than those of the pass may be the commit behind this one.
bool pass_beginning::went_on(std::size_t state, const session& pass) {
  if (device_.indices.back() == states_[state].index && is_written_above(state)) return true;
  const auto next = state + 1;
  const auto end = next < states_.size() ? states_[next].index : device_.scan.nr_blocks();
  const auto index = states_[state].index;
  for (auto at = std::ranges::upper_bound(device_.indices, index);
       at != device_.indices.end() && *at < end; ++at) {
    if (!is_of_older_pass(*at, index)) return true;
    if (!states_[state].live[*at]) break;  // whoever came further took it
  }
  const auto nr_blocks = device_.scan.nr_blocks();
  auto counts = pdata::stored_counts::load(device_.reader, index, nr_blocks);
  if (damaged_above(device_.scan, survey(device_, index, std::move(counts)), end_of_map(device_)))
    return true;
  return next < states_.size() && !std::ranges::binary_search(pass, next) &&
         states_[next].stands_behind;
}

// No commit takes a block that the state before it has: one of these is of the lowest state now.
bool pass_beginning::lowest_wrote_over(std::size_t state) const {
  const auto end = states_.front().index;
  if (states_[state].live[end]) return true;
  const auto nr_blocks = device_.scan.nr_blocks();
  const auto counts = pdata::stored_counts::load(device_.reader, states_[state].index, nr_blocks);
  return names_free_blocks(device_, counts, end);
}

// What is free above the state was written by the pass before, which ended with `last`, or by an
// older one: a table of devices there is no younger than the states of that pass which stand above
// it. Most are no younger than the lowest of these states, which spares looking at the others.
bool pass_beginning::stands_below_younger_table(std::size_t first, std::size_t last) {
  const auto whole_above = [&](metadata_block b) {
    auto at = first;
    while (at <= last && (states_[at].index < b || !search_.examine(at).whole)) ++at;
    return at <= last ? &search_.examine(at).whole->pool.details : nullptr;
  };
  const auto* oldest = whole_above(0);
  for (auto b = states_[own_].index + 1; oldest != nullptr && b < states_[last].index; ++b) {
    if (states_[own_].live[b] || states_[last].live[b] ||
        !device_.scan[b].is_leaf_of(pdata::details_tree_shape))
      continue;
    const auto table = device_.small_trees.details_at(b);
    if (!has_younger_or_other_device(*table, *oldest)) continue;
    const auto* above = whole_above(b);
    if (above == nullptr || has_younger_device(*table, *above)) return above != nullptr;
  }
  return false;
}

// The bitmaps of an index block are those of the commit before, or were taken behind it.
bool pass_beginning::bitmaps_go_on(metadata_block from, metadata_block to) const {
  const auto before = std::make_unique<pdata::block_buffer>();
  const auto after = std::make_unique<pdata::block_buffer>();
  if (!device_.reader.device().read(from, before->span()).ok() ||
      !device_.reader.device().read(to, after->span()).ok())
    return false;
  const auto nr_bitmaps = pdata::div_up(device_.scan.nr_blocks(), pdata::entries_per_bitmap);
  for (std::uint64_t i = 0; i < std::min(nr_bitmaps, pdata::max_metadata_bitmaps); ++i) {
    const auto at = pdata::load_index_entry(after->view(), i).location;
    if (at <= from && at != pdata::load_index_entry(before->view(), i).location) return false;
  }
  return true;
}

// Some of it may have been written over by its own session, or by the pass behind that, which takes
// what was free in the state before (the last of `run`), or freed by a commit before its last one.
bool pass_beginning::may_lack_blocks(std::size_t state, const session& run,
                                     const session& pass) const {
  const auto& own = states_[state];
  if (state != run.back() && own.live.has_any_from(own.index + behind_index_max)) return true;
  const auto kept = [&](metadata_block b) {
    return states_[run.back()].live[b] &&
           std::all_of(pass.begin(), pass.end() - 1,
                       [&](std::size_t each) { return states_[each].live[b]; });
  };
  const auto last = end_of_pass();
  const auto end = std::min(metadata_block(last + 1), device_.scan.nr_blocks());
  for (metadata_block b = 1; b < end; ++b)
    if (own.live[b] && !kept(b)) return true;
  return false;
}

// Of `run`, which ends with the state that the pass began from.
bool pass_beginning::is_of_one_session(const session& run, const session& pass) {
  const auto begin = std::ranges::upper_bound(device_.indices, states_[own_].index);
  const auto end = std::ranges::upper_bound(device_.indices, states_[run.back()].index);
  for (auto at = begin; at != end; ++at) {
    // The first one may be that of the state from which the session began.
    const bool goes_on = at + 1 != end && *(at + 1) != states_[run.front()].index;
    if (goes_on && !bitmaps_go_on(*at, *(at + 1))) return false;
    for (const auto state : run)
      if (*at < states_[state].index && states_[state].live[*at]) return false;
  }
  session lowest(run.begin(),
                 run.begin() + static_cast<std::ptrdiff_t>(std::min(run.size(), run_looked_at)));
  auto looked_at = lowest;
  looked_at.push_back(run.back());
  for (const auto state : looked_at)
    if (!may_lack_blocks(state, run, pass) && search_.is_written_over(state)) return false;
  // A state that cannot be read any more may be another machine's.
  if (is_tiny(run.front()) && begin != end && *begin != states_[run.front()].index) return false;
  // What another machine wrote stands lowest: no state above one that is older is its.
  const auto older =
      std::ranges::find_if(lowest, [&](std::size_t state) { return precedes(state, run.back()); });
  if (older != lowest.end())
    lowest.erase(older + 1, lowest.end());
  else if (run.size() > lowest.size())
    lowest.push_back(run[lowest.size()]);
  return lives_go_on(lowest, 0, run.back(), steps::certain);
}

// A leaf of the last commit of the session that wrote any is in the last state.
bool pass_beginning::is_made_of(const session& run) const {
  for (auto i = run.size(); i-- > 1;) {
    if (run[i] != run[i - 1] + 1) return false;
    if (left_a_leaf(run[i - 1], run[i], own_)) return true;
    if (wrote_leaves(run[i - 1], run[i])) return false;
  }
  return false;
}

// The pass was made of the last state of the session.
bool pass_beginning::continues(const session& run, const session& pass) {
  session chain(run.end() - static_cast<std::ptrdiff_t>(std::min(run.size(), run_looked_at)),
                run.end());
  const auto first_judged = chain.size() - (is_made_of(run) ? 0 : 1);
  chain.insert(chain.end(), pass.begin(), pass.end());
  return lives_go_on(chain, first_judged, own_, steps::certain);
}

// A pass takes all that is free. A block that none of its states has, nor the one that it was made
// of, was not written by it.
bool pass_beginning::has_strange_blocks(const session& pass,
                                        std::optional<std::size_t> from) const {
  if (!is_tiny(own_)) return false;
  for (metadata_block b = 1; b < states_[own_].index; ++b) {
    const auto is = device_.scan[b].is;
    if (is == block_class::blank || (from && states_[*from].live[b])) continue;
    if (std::ranges::none_of(pass, [&](std::size_t each) { return states_[each].live[b]; }))
      return true;
  }
  return false;
}

bool pass_beginning::is_shown() {
  if (states_.size() * states_.size() * states_.front().live.nr_words() > looks_max) return false;
  const auto pass = search_.pass_of(0, own_);
  if (pass.empty() || !is_unbroken(pass)) return false;
  if (is_birth(states_.front(), device_.scan.nr_blocks()))
    return lives_go_on(pass, 0, own_, steps::possible);
  if (pass.size() == states_.size())
    return device_.indices.back() == states_[own_].index && !is_written_above(own_) &&
           !has_strange_blocks(pass, std::nullopt) && lives_go_on(pass, 0, own_, steps::certain);
  session run;
  for (std::size_t r = 0; r < states_.size() && !search_.looked_at_too_much(); ++r) {
    if (std::ranges::binary_search(pass, r)) continue;
    if (!run.empty() && !states_[r].stands_behind) break;
    run.push_back(r);
    if (!went_on(r, pass) && !lowest_wrote_over(r) &&
        may_have_begun_a_pass(device_.scan, states_[r], states_.front()) &&
        search_.may_be_next(r, 0))
      return !stands_below_younger_table(run.front(), r) && !has_strange_blocks(pass, r) &&
             continues(run, pass) && is_of_one_session(run, pass) && !search_.looked_at_too_much();
  }
  return false;
}

}  // namespace

bool shows_where_pass_began(const device_scan& device, std::span<const ring_state> states,
                            std::size_t own) {
  return own < states.size() && pass_beginning(device, states, own).is_shown();
}

}  // namespace thin_tools
