#include "thin-tools/repair/history/past_state.h"

#include <algorithm>

#include "thin-tools/repair/scan/census.h"
#include "thin-tools/repair/history/candidate_pairs.h"
#include "thin-tools/repair/history/generation.h"
#include "thin-tools/repair/history/root_choice.h"

namespace thin_tools {

using pdata::metadata_block;

namespace {

// What a transaction took and gave back was written all the same, but never as an
// index block: there is one for each commit, and it stays.
bool may_be_leftover(const pdata::block_summary& block) {
  return block.is == pdata::block_class::leaf || block.is == pdata::block_class::internal ||
         block.is == pdata::block_class::bitmap;
}

// True if the present state can have taken its blocks from `start` on, going around
// the device: whatever was free on the way to the last of them was taken.
bool took_all_from(const pdata::block_scan& scan, const pdata::stored_counts& past,
                   const present_state& present, metadata_block start) {
  const auto nr_blocks = present.nr_blocks;
  const auto at = [&](metadata_block distance) { return (start + distance) % nr_blocks; };
  metadata_block last = 0;
  for (metadata_block n = 0; n < nr_blocks; ++n)
    if (present.live[at(n)] && !past.live(at(n))) last = n;
  for (metadata_block n = 0; n < last; ++n) {
    const auto b = at(n);
    if (past.live(b) || present.live[b]) continue;
    if (!may_be_leftover(scan[b]) || present.was_reused(b)) return false;
  }
  return true;
}

struct index_blocks {
  std::vector<metadata_block> below;  // the present one, ascending
  std::vector<metadata_block> above;
};

index_blocks old_index_blocks(const pdata::block_scan& scan, const present_state& present) {
  index_blocks found;
  for (const auto b : scan.all_of(pdata::block_class::index))
    if (b < present.nr_blocks && b != present.index && !present.live[b] && !present.was_reused(b))
      (b < present.index ? found.below : found.above).push_back(b);
  return found;
}

std::optional<generation> load_state(const evidence& device, metadata_block index) {
  return classify(device, index,
                  pdata::stored_counts::load(device.reader, index, device.scan.nr_blocks()));
}

// Looked at only if the pool was opened anew before the last commit. States times
// blocks: each state is held against all blocks.
constexpr std::uint64_t ring_work_max = std::uint64_t{1} << 26;

// The last of the states above the present one, if what came after each of the
// others is there to be seen.
std::optional<generation> end_of_ring(const evidence& device, const present_state& present,
                                      const std::vector<metadata_block>& indices) {
  if (indices.size() * present.nr_blocks > ring_work_max) return std::nullopt;
  std::optional<generation> last;
  auto state = load_state(device, indices.front());
  for (std::size_t i = 0; i < indices.size(); ++i) {
    std::optional<generation> next;
    if (i + 1 < indices.size()) next = load_state(device, indices[i + 1]);
    const bool followed =
        state && next &&
        took_all_from(device.scan, state->counts,
                      present_by_counts(next->index, present.nr_blocks, next->counts),
                      state->index);
    if (state && !followed) {
      if (last || damaged_above(device.scan, *state)) return std::nullopt;
      last = std::move(state);
    }
    state = std::move(next);
  }
  return last;
}

// The state that was the one before if any was. A transaction that began at the start
// of the device has written over all index blocks below its own that were free, so
// that one of these is of the state before, wherever that transaction began.
std::optional<generation> only_candidate(const evidence& device, const present_state& present) {
  const auto found = old_index_blocks(device.scan, present);
  const auto follows_from = [&](const std::optional<generation>& state, metadata_block start) {
    return state && took_all_from(device.scan, state->counts, present, start);
  };
  if (!found.below.empty()) {
    auto state = load_state(device, found.below.back());
    if (follows_from(state, found.below.back())) return state;
    if (found.below.size() == 1 && follows_from(state, 0)) return state;
    return std::nullopt;
  }
  if (found.above.empty()) return std::nullopt;
  auto opened_anew = end_of_ring(device, present, found.above);
  if (follows_from(opened_anew, 0)) return opened_anew;
  // Went around the end of the device: something of it stands there, too.
  auto state = load_state(device, found.above.back());
  if (!follows_from(state, found.above.back())) return std::nullopt;
  for (auto b = state->index + 1; b < present.nr_blocks; ++b)
    if (present.live[b] && !state->counts.live(b)) return state;
  return std::nullopt;
}

// A commit leaves something of the state before it; metadata that were written
// anew as a whole, by a restore, have nothing of what was there.
bool have_blocks_in_common(const present_state& present, const pdata::stored_counts& past) {
  for (metadata_block b = 1; b < present.nr_blocks; ++b)
    if (present.live[b] && past.live(b)) return true;
  return false;
}

class past_reader {
 public:
  past_reader(const evidence& device, const present_state& present, const generation& state)
      : device_(device), present_(present), state_(state) {}

  std::optional<past_state> read() {
    if (!choose_roots()) return std::nullopt;
    std::vector<bool> orphaned(device_.scan.nr_blocks());
    if (!blocks_are_untouched(orphaned)) return std::nullopt;
    return past_state{state_.index,    state_.counts,       roots_,
                      std::move(top_), std::move(details_), std::move(orphaned)};
  }

 private:
  bool choose_roots();
  bool is_space_map_root(metadata_block b) const;
  bool blocks_are_untouched(std::vector<bool>& orphaned) const;

  const evidence& device_;
  const present_state& present_;
  const generation& state_;
  std::vector<metadata_block> held_mapping_roots_;
  std::vector<metadata_block> held_details_roots_;
  root_pair roots_;
  top_level top_;
  details_table details_;
};

bool past_reader::choose_roots() {
  const auto nr_blocks = device_.scan.nr_blocks();
  for (const auto location : state_.snapshots)
    if (const auto held = read_superblock(device_.reader, location, nr_blocks)) {
      held_mapping_roots_.push_back(held->mapping_root);
      held_details_roots_.push_back(held->details_root);
    }
  const auto without = [&](std::vector<metadata_block> all,
                           const std::vector<metadata_block>& held) {
    std::erase_if(all, [&](metadata_block b) {
      return std::ranges::count(held, b) != 0 && state_.counts.get(b) == 1U;
    });
    return all;
  };
  const auto pair =
      best_agreement(device_.reader, nr_blocks, without(state_.mapping_roots, held_mapping_roots_),
                     without(state_.details_roots, held_details_roots_));
  if (!pair) return false;
  roots_ = *pair;
  top_ = read_top_level(device_.reader, pair->mapping_root, nr_blocks);
  details_ = read_details(device_.reader, pair->details_root, nr_blocks);
  return top_.damaged() || details_.damaged() ||
         std::ranges::equal(
             top_.roots, details_.devices, {}, [](const auto& e) { return e.first; },
             [](const auto& e) { return e.first; });
}

bool past_reader::is_space_map_root(metadata_block b) const {
  const auto size = device_.children.leaf_value_size(b);
  const bool is_empty_leaf =
      device_.scan[b].is == pdata::block_class::leaf && device_.scan[b].nr_entries == 0;
  return size == 4 || size == 16 || (is_empty_leaf && size != 8 && size != 24);
}

// What the present state does not use has no protection any more: a transaction
// that never ended may have written there. Nodes only this state uses have all
// their parents, and all that a node names is in use.
bool past_reader::blocks_are_untouched(std::vector<bool>& orphaned) const {
  const auto& scan = device_.scan;
  reference_census census(scan, device_.children, state_.counts);
  census.add(roots_.details_root);
  census.add(roots_.mapping_root);
  for (const auto b : held_details_roots_) census.add(b);
  for (const auto b : held_mapping_roots_) census.add(b);
  auto tops = held_mapping_roots_;
  tops.push_back(roots_.mapping_root);
  for (const auto root : trees_named_by(device_.reader, tops, scan.nr_blocks())) census.add(root);
  for (metadata_block b = 1; b < scan.nr_blocks(); ++b) {
    orphaned[b] = !state_.counts.get(b) || census.missing(b) != 0;
    if (!state_.counts.live(b) || (b < present_.nr_blocks && present_.live[b])) continue;
    const auto is = scan[b].is;
    if (present_.was_reused(b)) return false;
    // It may still be in use where that is not known of all blocks.
    if (present_.all_known &&
        (is == pdata::block_class::unusable || is == pdata::block_class::blank))
      return false;
    if (is != pdata::block_class::leaf && is != pdata::block_class::internal) continue;
    if (present_.all_known && census.missing(b) != 0 && !is_space_map_root(b)) return false;
  }
  return census.contradictions() == 0;
}

}  // namespace

std::optional<past_state> find_past_state(const evidence& device, const present_state& present) {
  const auto candidate = only_candidate(device, present);
  if (!candidate || !have_blocks_in_common(present, candidate->counts)) return std::nullopt;
  return past_reader(device, present, *candidate).read();
}

present_state present_by_counts(metadata_block index, metadata_block nr_blocks,
                                const pdata::stored_counts& counts) {
  present_state present{.index = index, .nr_blocks = nr_blocks, .live = {}, .all_known = true};
  present.live.resize(nr_blocks);
  for (metadata_block b = 0; b < nr_blocks; ++b) present.live[b] = counts.live(b);
  return present;
}

}  // namespace thin_tools
