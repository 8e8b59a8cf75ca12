#include "thin-tools/repair/history/last_state.h"

#include <algorithm>

#include "persistent-data/base/sort_unique.h"
#include "thin-tools/repair/history/generation.h"
#include "thin-tools/repair/history/last_state_search.h"
#include "thin-tools/repair/history/state_ring.h"

namespace thin_tools {

using pdata::block_class;
using pdata::metadata_block;

namespace {

constexpr std::size_t compared_max = 12;  // states whose devices' trees are held against each other
constexpr std::size_t conditions_max = 1024;  // states that are looked at as a whole
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

possible_last_states find_possible_last(const device_scan& device,
                                        std::span<const ring_state> states, std::size_t expected) {
  if (states.empty() || expected >= states.size()) return {};
  return last_state_search(device, states, expected).run();
}

}  // namespace thin_tools
