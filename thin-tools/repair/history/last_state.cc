#include "thin-tools/repair/history/last_state.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/sort_unique.h"
#include "persistent-data/format/bitmap_block.h"
#include "thin-tools/repair/history/commit_order.h"
#include "thin-tools/repair/history/generation.h"
#include "thin-tools/repair/history/mapping_lives.h"
#include "thin-tools/repair/history/state_ring.h"
#include "thin-tools/repair/history/whole_states.h"

namespace thin_tools {

using pdata::block_class;
using pdata::metadata_block;

namespace {

// Taking the index block may make other bitmaps change, which stand behind it then.
constexpr metadata_block behind_index_max = 16;
constexpr std::size_t compared_max = 12;  // states whose devices' trees are held against each other
constexpr std::uint64_t looks_max = std::uint64_t{1} << 29;  // at words of sets
constexpr std::size_t conditions_max = 1024;                 // states that are looked at as a whole
// In a damaged state some block may have been written over unseen.
constexpr std::size_t witnesses_of_damaged = 3;
constexpr std::size_t neighbours_max = 4;  // above a state, that are asked about it

}  // namespace

bool took_behind(const ring_state& from, const ring_state& to, metadata_block nr_blocks,
                 metadata_block end) {
  const auto last = to.index + behind_index_max;
  std::size_t nr_around_the_end = 0;
  for (metadata_block b = 1; b < nr_blocks; ++b) {
    if (!to.live[b] || from.live[b] || (b > from.index && b <= last)) continue;
    if (last < end || b > from.index || ++nr_around_the_end > behind_index_max) return false;
  }
  return true;
}

bool is_birth(const ring_state& state, metadata_block nr_blocks) {
  if (state.index != pdata::superblock_location + 1) return false;
  metadata_block end = 1;
  while (end < nr_blocks && state.live[end]) ++end;
  return end > state.index + 1 && !state.live.has_any_from(end);
}

bool may_have_begun_a_pass(const pdata::block_scan& scan, const ring_state& from,
                           const ring_state& to) {
  const auto nr_blocks = scan.nr_blocks();
  const auto last = to.index + behind_index_max;
  bool around_the_end = false;
  for (metadata_block b = 1; b < nr_blocks; ++b) {
    if (!to.live[b] || from.live[b] || b <= last) continue;
    if (b <= from.index) return false;
    around_the_end = true;
  }
  const auto was_taken = [&](metadata_block b) {
    // What a transaction took and gave back is written all the same, but never as an index
    // block: there is one for each commit, and it stays.
    return from.live[b] || to.live[b] || scan[b].is != block_class::index;
  };
  for (metadata_block b = 1; b < to.index; ++b)
    if (!was_taken(b)) return false;
  for (auto b = from.index + 1; around_the_end && b < nr_blocks; ++b)
    if (!was_taken(b)) return false;
  return true;
}

namespace {

class last_state_search {
 public:
  last_state_search(const device_scan& device, std::span<const ring_state> states,
                    std::size_t expected)
      : device_(device), states_(states), expected_(expected), proven_(proven_blocks(device)) {}

  possible_last_states run();
  bool shows_where_pass_began(std::size_t own);

 private:
  struct examined {
    state_condition condition = state_condition::written_over;
    std::optional<whole_state> whole;
  };

  std::optional<std::size_t> before_growth(std::size_t lowest, std::size_t first);
  std::optional<std::size_t> find_before_growth(std::size_t lowest, std::size_t first);
  std::vector<std::size_t> pass_of(std::size_t lowest, std::size_t last);
  bool breaks_a_life(const std::vector<std::size_t>& pass, std::size_t other);
  bool breaks_any_life(const std::vector<std::size_t>& pass,
                       const std::vector<std::size_t>& others);
  bool is_outlived(std::size_t last, const std::vector<std::size_t>& pass);
  bool may_be_next(std::size_t from, std::size_t to);
  bool lowest_comes_after_one_above();
  bool went_on(std::size_t state, const std::vector<std::size_t>& pass);
  bool lowest_wrote_over(std::size_t state) const;
  bool stands_below_younger_table(std::size_t own, std::size_t first, std::size_t last);
  bool is_unbroken(const std::vector<std::size_t>& pass);
  bool is_of_older_pass(metadata_block index, metadata_block end) const;
  bool may_be_last(std::size_t state);
  const examined& examine(std::size_t state);
  bool is_written_over(std::size_t state) {
    return examine(state).condition == state_condition::written_over;
  }
  bool is_whole(std::size_t state) { return examine(state).condition == state_condition::whole; }
  bool maps_nothing(std::size_t state);
  void drop_empty(possible_last_states& found);
  bool precedes_one_above(std::size_t state);
  bool has_one_pass();
  bool goes_on_above(std::size_t state);
  void drop_continued(possible_last_states& found);
  void drop_by_devices(possible_last_states& found);

  const device_scan& device_;
  std::span<const ring_state> states_;
  std::size_t expected_;
  block_set proven_;
  std::map<std::size_t, examined> examined_;
  std::map<std::pair<std::size_t, std::size_t>, std::optional<std::size_t>> before_growth_;
  bool too_much_ = false;
};

// The metadata may have grown within the pass: what was taken then lies behind all that there
// was (Linux 6.1 dm-space-map-metadata.c, sm_metadata_extend).
std::optional<std::size_t> last_state_search::before_growth(std::size_t lowest, std::size_t first) {
  const auto known = before_growth_.find({lowest, first});
  if (known != before_growth_.end()) return known->second;
  return before_growth_[{lowest, first}] = find_before_growth(lowest, first);
}

std::optional<std::size_t> last_state_search::find_before_growth(std::size_t lowest,
                                                                 std::size_t first) {
  const auto nr_blocks = device_.scan.nr_blocks();
  for (std::size_t from = first; from-- > lowest;) {
    // The pool is idle then: the commit changes nothing but the space maps.
    if (!states_[from].live.common_with(proven_).shares_with(states_[first].live)) continue;
    metadata_block end = 1;
    while (end < nr_blocks && (!states_[first].live[end] || states_[from].live[end])) ++end;
    if (end <= states_[first - 1].index || end >= states_[first].index) continue;
    bool beyond = false;
    for (std::size_t i = lowest; i < first && !beyond; ++i)
      for (auto b = end; b < nr_blocks && !beyond; ++b) beyond = states_[i].live[b];
    if (!beyond && !pass_of(lowest, from).empty()) return from;
  }
  return std::nullopt;
}

// The states of the pass that ended with `last`, if no other one below `lowest` was there yet;
// empty: it cannot have ended with it.
std::vector<std::size_t> last_state_search::pass_of(std::size_t lowest, std::size_t last) {
  std::vector<std::size_t> pass;
  auto first = last;
  while (first > lowest &&
         (states_[first].goes_on || (first == lowest + 1 && states_[first].begins_anew)))
    --first;
  if (first > lowest) {
    const auto from = before_growth(lowest, first);
    if (!from) return {};
    pass = pass_of(lowest, *from);
  }
  for (auto i = first; i <= last; ++i) pass.push_back(i);
  return pass;
}

// A block that another state has in common with the last one of the pass was in use in all
// states between them.
bool last_state_search::breaks_a_life(const std::vector<std::size_t>& pass, std::size_t other) {
  const auto last = pass.back();
  const bool in_pass = std::ranges::binary_search(pass, other);
  const auto least = is_whole(other) ? 1 : witnesses_of_damaged;
  const auto shared = states_[other].live.common_with(proven_).common_with(states_[last].live);
  return std::ranges::any_of(pass, [&](std::size_t between) {
    return between != last && (!in_pass || between > other) &&
           shared.has_outside(states_[between].live, least);
  });
}

// That of one of the others, which ascend, and of which the last state of the pass is none. There
// are many states of a long history: what lived through the pass is put together once.
bool last_state_search::breaks_any_life(const std::vector<std::size_t>& pass,
                                        const std::vector<std::size_t>& others) {
  auto lived = states_[pass.back()].live;
  const auto breaks = [&](std::size_t other) {
    return states_[other]
               .live.common_with(proven_)
               .common_with(states_[pass.back()].live)
               .has_outside(lived) &&
           breaks_a_life(pass, other);
  };
  for (auto i = pass.size() - 1; i-- > 0;) {
    if (std::ranges::binary_search(others, pass[i]) && breaks(pass[i])) return true;
    lived = lived.common_with(states_[pass[i]].live);
  }
  return std::ranges::any_of(others, [&](std::size_t other) {
    return !std::ranges::binary_search(pass, other) && breaks(other);
  });
}

// As far as the expected state, and those that stand next to this one, show.
bool last_state_search::is_outlived(std::size_t last, const std::vector<std::size_t>& pass) {
  if (pass.size() == 1) return false;
  std::vector<std::size_t> others{expected_};
  for (auto other = last + 1; other < states_.size() && other <= last + neighbours_max; ++other)
    others.push_back(other);
  pdata::sort_unique(others);
  std::erase_if(others, [&](std::size_t other) {
    return other == last || other < pass.front() || is_written_over(other);
  });
  return breaks_any_life(pass, others);
}

// The pool commits after each message (Linux 6.1 dm-thin.c), so that one commit creates or
// deletes one device at most.
bool last_state_search::may_be_next(std::size_t from, std::size_t to) {
  const auto& before = examine(from).whole;
  const auto& after = examine(to).whole;
  if (!before || !after) return true;
  const auto lacks = [](const top_level& a, const top_level& b) {
    return std::ranges::count_if(a.roots,
                                 [&](const auto& e) { return !b.roots.contains(e.first); });
  };
  const auto& a = before->pool.top;
  const auto& b = after->pool.top;
  return lacks(a, b) + lacks(b, a) <= 1 &&
         !compare_commits(device_, *before, *after).first_before_second.any();
}

// The trees of the state cannot have come after those of one that stands next above.
bool last_state_search::precedes_one_above(std::size_t state) {
  const auto end = std::min(states_.size(), state + 1 + neighbours_max);
  for (auto above = state + 1; above < end; ++above) {
    const auto& own = examine(state).whole;
    const auto& other = examine(above).whole;
    if (!own || !other) continue;
    const auto compared = compare_commits(device_, *other, *own);
    if (compared.first_before_second.any() && !compared.second_before_first.any()) return true;
  }
  return false;
}

// The lowest one was the first commit of its pass: it came after the last of another one that
// stands above, or is of a pool that was made over what stands above.
bool last_state_search::lowest_comes_after_one_above() {
  const auto& own = states_.front();
  bool is_related = false;
  for (std::size_t r = 1; r < states_.size(); ++r) {
    if (!states_[r].live.shares_with(own.live)) continue;
    is_related = is_related || (states_[r].live.common_with(proven_).shares_with(own.live) &&
                                !is_written_over(r));
    if (!may_have_begun_a_pass(device_.scan, states_[r], own)) continue;
    const bool seen = expected_ != 0 && expected_ != r && !is_written_over(expected_);
    if (seen && breaks_a_life({r, 0}, expected_)) continue;
    const auto pass = pass_of(1, r);
    if (!pass.empty() && !is_outlived(r, pass) && !is_written_over(r) && may_be_next(r, 0) &&
        !precedes_one_above(r))
      return true;
  }
  return !is_related;
}

bool last_state_search::may_be_last(std::size_t state) {
  const auto pass = pass_of(0, state);
  return !pass.empty() && !is_outlived(state, pass) && !is_written_over(state) &&
         (state != 0 || states_.size() == 1 || lowest_comes_after_one_above());
}

const last_state_search::examined& last_state_search::examine(std::size_t state) {
  const auto known = examined_.find(state);
  if (known != examined_.end()) return known->second;
  auto& result = examined_[state];
  if (examined_.size() > conditions_max) {
    too_much_ = true;
    return result;
  }
  const auto index = states_[state].index;
  const auto nr_blocks = device_.scan.nr_blocks();
  const auto survey_of =
      survey(device_, index, pdata::stored_counts::load(device_.reader, index, nr_blocks));
  result.condition = condition_of(device_, survey_of);
  if (result.condition != state_condition::whole) return result;
  const auto roots = pool_roots(device_, survey_of);
  result.whole =
      whole_state{index, states_[state].live.common_with(proven_), read_state(device_, *roots)};
  return result;
}

bool last_state_search::maps_nothing(std::size_t state) {
  const auto& whole = examine(state).whole;
  return whole && thin_tools::maps_nothing(whole->pool);
}

// A pool that maps nothing has nothing to lose: nobody needs to be asked whether it was that.
void last_state_search::drop_empty(possible_last_states& found) {
  const auto nothing = [&](std::size_t state) { return maps_nothing(state); };
  if (!std::ranges::all_of(found.states, nothing)) std::erase_if(found.states, nothing);
}

// Nothing was taken from the start of the device since the pool was made.
bool last_state_search::has_one_pass() {
  const auto& first = examine(0).whole;
  return first && first->pool.top.roots.empty() && first->pool.details.devices.empty() &&
         is_birth(states_.front(), device_.scan.nr_blocks());
}

// The state above is the next commit, by where it stands and what it maps.
bool last_state_search::goes_on_above(std::size_t state) {
  const auto above = state + 1;
  if (above >= states_.size() || !states_[above].goes_on) return false;
  if (states_[state].live[states_.front().index]) return false;
  const auto& own = examine(state).whole;
  const auto& next = examine(above).whole;
  return own && next && may_be_next(state, above) &&
         compare_commits(device_, *own, *next).second_continues;
}

void last_state_search::drop_continued(possible_last_states& found) {
  if (found.states.size() < 2 || !has_one_pass()) return;
  const auto nr_dropped = std::erase_if(
      found.states, [&](std::size_t t) { return t != expected_ && goes_on_above(t); });
  found.likely = nr_dropped != 0;
}

// Of each two, one is given up where it cannot have been after the other.
void last_state_search::drop_by_devices(possible_last_states& found) {
  std::vector<bool> dropped(found.states.size());
  found.same_mappings = true;
  for (std::size_t i = 0; i < found.states.size(); ++i)
    for (std::size_t j = i + 1; j < found.states.size(); ++j) {
      const auto& first = examine(found.states[i]).whole;
      const auto& second = examine(found.states[j]).whole;
      if (!first || !second) continue;
      const auto compared = compare_commits(device_, *first, *second);
      if (compared.first_before_second.any() && !compared.second_before_first.any())
        dropped[j] = true;
      if (compared.second_before_first.any() && !compared.first_before_second.any())
        dropped[i] = true;
    }
  std::vector<std::size_t> left;
  for (std::size_t i = 0; i < found.states.size(); ++i)
    if (!dropped[i]) left.push_back(found.states[i]);
  found.states = std::move(left);
  if (std::ranges::all_of(found.states, [&](std::size_t state) { return maps_nothing(state); }))
    return;
  for (std::size_t i = 1; i < found.states.size(); ++i) {
    const auto& first = examine(found.states.front()).whole;
    const auto& other = examine(found.states[i]).whole;
    found.same_mappings = found.same_mappings && first && other &&
                          compare_commits(device_, *first, *other).same_mappings;
  }
}

// A space map that cannot be read any more, and stands behind the end of a pass: it is of an older
// one if that pass wrote over what it is made of.
bool last_state_search::is_of_older_pass(metadata_block index, metadata_block end) const {
  const auto block = std::make_unique<pdata::block_buffer>();
  if (!device_.reader.device().read(index, block->span()).ok()) return false;
  const auto nr_bitmaps = pdata::div_up(device_.scan.nr_blocks(), pdata::entries_per_bitmap);
  for (std::uint64_t i = 0; i < std::min(nr_bitmaps, pdata::max_metadata_bitmaps); ++i) {
    const auto at = pdata::load_index_entry(block->view(), i).location;
    if (at != 0 && at <= end && device_.scan[at].is != block_class::bitmap) return true;
  }
  return false;
}

// Another state than those of the pass may be the commit behind this one.
bool last_state_search::went_on(std::size_t state, const std::vector<std::size_t>& pass) {
  const auto next = state + 1;
  const auto end = next < states_.size() ? states_[next].index : device_.scan.nr_blocks();
  const auto index = states_[state].index;
  for (auto at = std::ranges::upper_bound(device_.indices, index);
       at != device_.indices.end() && *at < end; ++at)
    if (!is_of_older_pass(*at, index)) return true;
  const auto nr_blocks = device_.scan.nr_blocks();
  auto counts = pdata::stored_counts::load(device_.reader, index, nr_blocks);
  if (damaged_above(device_.scan, survey(device_, index, std::move(counts)), end_of_map(device_)))
    return true;
  return next < states_.size() && !std::ranges::binary_search(pass, next) &&
         states_[next].stands_behind;
}

// No commit takes a block that the state before it has: one of these is of the lowest state now.
bool last_state_search::lowest_wrote_over(std::size_t state) const {
  const auto end = states_.front().index;
  if (states_[state].live[end]) return true;
  const auto nr_blocks = device_.scan.nr_blocks();
  const auto counts = pdata::stored_counts::load(device_.reader, states_[state].index, nr_blocks);
  return names_free_blocks(device_, counts, end);
}

// What is free above the state was written by the pass before, which ended with `last`, or by an
// older one: a table of devices there is no younger than the states of that pass which stand above
// it. Most are no younger than the lowest of these states, which spares looking at the others.
bool last_state_search::stands_below_younger_table(std::size_t own, std::size_t first,
                                                   std::size_t last) {
  const auto whole_above = [&](metadata_block b) {
    auto at = first;
    while (at <= last && (states_[at].index < b || !examine(at).whole)) ++at;
    return at <= last ? &examine(at).whole->pool.details : nullptr;
  };
  const auto* oldest = whole_above(0);
  for (auto b = states_[own].index + 1; oldest != nullptr && b < states_[last].index; ++b) {
    if (states_[own].live[b] || states_[last].live[b] ||
        !device_.scan[b].is_leaf_of(pdata::details_tree_shape))
      continue;
    const auto table = device_.small_trees.details_at(b);
    if (!has_younger_or_other_device(*table, *oldest)) continue;
    const auto* above = whole_above(b);
    if (above == nullptr || has_younger_device(*table, *above)) return above != nullptr;
  }
  return false;
}

// Each state of the pass was made of the one below it: as where a second machine wrote at the
// beginning of the device it was not.
bool last_state_search::is_unbroken(const std::vector<std::size_t>& pass) {
  mapping_lives lives(device_);
  for (std::size_t i = 1; i < pass.size(); ++i) {
    if (pass[i] != pass[i - 1] + 1) continue;  // the metadata grew
    const auto& from = states_[pass[i - 1]];
    const auto& to = states_[pass[i]];
    const auto between = std::ranges::upper_bound(device_.indices, from.index);
    for (auto at = between; at != device_.indices.end() && *at < to.index; ++at)
      if (!from.live[*at]) return false;
    const auto counts =
        pdata::stored_counts::load(device_.reader, from.index, device_.scan.nr_blocks());
    if (names_free_blocks(device_, counts, to.index)) return false;
    const auto& before = examine(pass[i - 1]).whole;
    const auto& after = examine(pass[i]).whole;
    if (before && after && !lives.go_on(*before, *after)) return false;
  }
  if (pass.size() > 1 && is_written_over(pass[pass.size() - 2])) return false;
  const auto& last = examine(pass.back()).whole;
  return !last || !lives.came_back(*last);
}

bool last_state_search::shows_where_pass_began(std::size_t own) {
  if (states_.size() * states_.size() * states_.front().live.nr_words() > looks_max) return false;
  const auto pass = pass_of(0, own);
  if (pass.empty() || !is_unbroken(pass)) return false;
  if (is_birth(states_.front(), device_.scan.nr_blocks())) return true;
  if (pass.size() == states_.size()) return device_.indices.back() == states_[own].index;
  std::size_t first = 0;
  while (std::ranges::binary_search(pass, first)) ++first;
  bool in_a_row = true;
  for (auto r = first; r < states_.size() && !too_much_; ++r) {
    if (std::ranges::binary_search(pass, r)) continue;
    in_a_row = in_a_row && (r == first || states_[r].stands_behind);
    if (!in_a_row) break;
    if (!went_on(r, pass) && !lowest_wrote_over(r) &&
        may_have_begun_a_pass(device_.scan, states_[r], states_.front()) && may_be_next(r, 0))
      return !stands_below_younger_table(own, first, r) && !too_much_;
  }
  return false;
}

possible_last_states last_state_search::run() {
  possible_last_states found;
  if (states_.size() * states_.size() * states_.front().live.nr_words() > looks_max) return found;
  for (std::size_t t = 0; t < states_.size() && !too_much_; ++t)
    if (may_be_last(t)) found.states.push_back(t);
  drop_empty(found);
  const auto all = found.states;
  std::erase_if(found.states, [&](std::size_t t) {
    auto others = all;
    std::erase(others, t);
    return breaks_any_life(pass_of(0, t), others);
  });
  drop_continued(found);
  if (too_much_) return found;
  if (found.states.size() <= compared_max) {
    std::erase_if(found.states, [&](std::size_t t) { return precedes_one_above(t); });
    drop_by_devices(found);
  }
  const auto at = std::ranges::find(found.states, expected_);
  if (at != found.states.end()) std::rotate(found.states.begin(), at, at + 1);
  for (const auto state : found.states) found.nr_whole += is_whole(state);
  found.complete = !found.states.empty();
  return found;
}

}  // namespace

bool shows_where_pass_began(const device_scan& device, std::span<const ring_state> states,
                            std::size_t own) {
  return own < states.size() && last_state_search(device, states, own).shows_where_pass_began(own);
}

possible_last_states find_possible_last(const device_scan& device,
                                        std::span<const ring_state> states, std::size_t expected) {
  if (states.empty() || expected >= states.size()) return {};
  return last_state_search(device, states, expected).run();
}

}  // namespace thin_tools
