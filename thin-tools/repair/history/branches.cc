#include "thin-tools/repair/history/branches.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace thin_tools {

using pdata::metadata_block;

namespace {

// Taking the index block may make another bitmap change, which stands behind it then.
constexpr metadata_block behind_index_max = 16;

// The run of states that stands next above an index block, and the state that ended it.
struct run_of_states {
  std::vector<const ring_state*> states;  // ascending
  const ring_state* next = nullptr;
};

run_of_states run_above(std::span<const ring_state> states, metadata_block index,
                        metadata_block nr_blocks) {
  run_of_states run;
  for (const auto& state : states) {
    // A map that does not count its own index block is not the one that was written with it.
    if (state.index <= index || !state.live[state.index]) continue;
    if (!run.states.empty() && (!run.states.back()->live.shares_with(state.live) ||
                                !took_behind(*run.states.back(), state, nr_blocks))) {
      run.next = &state;
      break;
    }
    run.states.push_back(&state);
  }
  return run;
}

// Where the run ended if an older pass stands behind it. It does if what is new in the next state
// was not taken behind the run, and no newer pass came by: that would have written over the index
// blocks of the run that were free.
std::optional<metadata_block> older_pass_above(const run_of_states& run, metadata_block nr_blocks) {
  const auto& last = *run.states.back();
  if (run.next == nullptr || took_behind(last, *run.next, nr_blocks)) return std::nullopt;
  const bool passed_by = std::ranges::none_of(run.states, [&](const ring_state* state) {
    return !last.live[state->index] && !run.next->live[state->index];
  });
  if (passed_by) return std::nullopt;
  return run.next->index + behind_index_max;
}

}  // namespace

bool may_be_of_another_branch(std::span<const ring_state> states, metadata_block index,
                              metadata_block nr_blocks) {
  const auto own = std::ranges::find(states, index, &ring_state::index);
  if (own == states.end()) return false;
  const auto run = run_above(states, index, nr_blocks);
  if (run.states.size() < 2) return false;
  const auto older_pass = older_pass_above(run, nr_blocks);
  const auto was_there = [&](metadata_block b) {
    return run.next->live[b] ||
           std::ranges::any_of(run.states, [&](const ring_state* state) { return state->live[b]; });
  };
  auto end = older_pass ? nr_blocks : 0;
  while (end > 0 && !was_there(end - 1)) --end;
  const auto first = index + behind_index_max + 1;
  const auto speaks = [&](const ring_state* state) {
    const auto set_free = [&](metadata_block b) { return own->live[b] && !state->live[b]; };
    for (auto b = first; b < state->index; ++b)
      if (set_free(b)) return true;
    for (auto b = std::max(first, older_pass.value_or(0) + 1); b < end; ++b)
      if (set_free(b)) return true;
    return false;
  };
  return std::ranges::count_if(run.states, speaks) > 1;
}

}  // namespace thin_tools
