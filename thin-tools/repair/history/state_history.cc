#include "thin-tools/repair/history/state_history.h"

#include <utility>

namespace thin_tools {

namespace {

// All trees of a state are read: of a large pool less is looked at.
constexpr std::size_t states_max = 64;
constexpr std::uint64_t blocks_max = std::uint64_t{1} << 20;

}  // namespace

state_history::state_history(const evidence& device, present_state last,
                             std::uint64_t nr_data_blocks)
    : device_(device), nr_data_blocks_(nr_data_blocks), now_(std::move(last)) {}

bool state_history::go_back() {
  if (!links_.empty() &&
      (links_.size() == states_max || links_.size() * device_.scan.nr_blocks() > blocks_max))
    return false;
  auto found = find_past_state(device_, now_);
  if (!found) return false;
  auto older = std::make_unique<link>(std::move(*found), nullptr);
  older->trees = std::make_unique<past_trees>(device_.reader, device_.scan.nr_blocks(),
                                              nr_data_blocks_, older->state);
  if (!older->trees->believable(now_, device_.scan)) return false;
  auto reused = std::move(now_.reused);
  reused.resize(now_.nr_blocks);
  for (pdata::metadata_block b = 0; b < now_.nr_blocks; ++b) reused[b] = reused[b] || now_.live[b];
  now_ = present_by_counts(older->state.index, now_.nr_blocks, older->state.counts);
  now_.reused = std::move(reused);
  links_.push_back(std::move(older));
  return true;
}

const past_trees* state_history::back(std::size_t i) {
  while (!ended_ && links_.size() <= i) ended_ = !go_back();
  return i < links_.size() ? links_[i]->trees.get() : nullptr;
}

}  // namespace thin_tools
