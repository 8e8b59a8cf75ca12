#include "thin-tools/repair/history/past_state.h"

#include <algorithm>
#include <mutex>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/format/mapping_value.h"
#include "thin-tools/repair/history/candidate_pairs.h"
#include "thin-tools/repair/history/generation.h"
#include "thin-tools/repair/history/root_choice.h"
#include "thin-tools/repair/history/state_ring.h"
#include "thin-tools/repair/scan/census.h"

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
    if (present.live[pdata::to_size(at(n))] && !past.live(at(n))) last = n;
  for (metadata_block n = 0; n < last; ++n) {
    const auto b = at(n);
    if (past.live(b) || present.live[pdata::to_size(b)]) continue;
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
    if (b < present.nr_blocks && b != present.index && !present.live[pdata::to_size(b)] &&
        !present.was_reused(b))
      (b < present.index ? found.below : found.above).push_back(b);
  return found;
}

std::optional<generation> load_state(const device_scan& device, metadata_block index) {
  return classify(device, index,
                  pdata::stored_counts::load(device.reader, index, device.scan.nr_blocks()));
}

// Looked at only if the pool was opened anew before the last commit. States times
// blocks: each state is held against all blocks.
constexpr std::uint64_t ring_work_max = std::uint64_t{1} << 26;

// The last of the states above the present one, if what came after each of the
// others is there to be seen.
std::optional<generation> end_of_ring(const device_scan& device, const present_state& present,
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
      if (last || damaged_above(device.scan, *state, end_of_map(device))) return std::nullopt;
      last = std::move(state);
    }
    state = std::move(next);
  }
  return last;
}

// The state that was the one before if any was. A transaction that began at the start
// of the device has written over all index blocks below its own that were free, so
// that one of these is of the state before, wherever that transaction began.
std::optional<generation> only_candidate(const device_scan& device, const present_state& present) {
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
    if (present.live[pdata::to_size(b)] && !state->counts.live(b)) return state;
  return std::nullopt;
}

// A commit leaves something of the state before it; metadata that were written
// anew as a whole, by a restore, have nothing of what was there.
bool have_blocks_in_common(const present_state& present, const pdata::stored_counts& past) {
  for (metadata_block b = 1; b < present.nr_blocks; ++b)
    if (present.live[pdata::to_size(b)] && past.live(b)) return true;
  return false;
}

class past_reader {
 public:
  past_reader(const device_scan& device, const present_state& present, const generation& state)
      : device_(device), present_(present), state_(state) {}

  std::optional<past_state> read() {
    if (!choose_roots()) return std::nullopt;
    std::vector<bool> orphaned(pdata::to_size(device_.scan.nr_blocks()));
    if (!blocks_are_untouched(orphaned)) return std::nullopt;
    return past_state{state_.index,    state_.counts,       roots_,
                      std::move(top_), std::move(details_), std::move(orphaned)};
  }

 private:
  bool choose_roots();
  bool is_space_map_root(metadata_block b) const;
  bool blocks_are_untouched(std::vector<bool>& orphaned) const;

  const device_scan& device_;
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
  const auto pair = best_agreement(device_, without(state_.mapping_roots, held_mapping_roots_),
                                   without(state_.details_roots, held_details_roots_));
  if (!pair) return false;
  roots_ = *pair;
  top_ = *device_.small_trees.top_level_at(pair->mapping_root);
  details_ = *device_.small_trees.details_at(pair->details_root);
  return top_.damaged() || details_.damaged() ||
         std::ranges::equal(
             top_.roots, details_.devices, {}, [](const auto& e) { return e.first; },
             [](const auto& e) { return e.first; });
}

bool past_reader::is_space_map_root(metadata_block b) const {
  const auto is = [&](const pdata::tree_shape& shape) {
    return device_.children.is_tree_of(b, shape);
  };
  const bool is_empty_leaf =
      device_.scan[b].is == pdata::block_class::leaf && device_.scan[b].nr_entries == 0;
  return is(pdata::data_overflow_tree_shape) || is(pdata::data_index_tree_shape) ||
         (is_empty_leaf && !is(pdata::mapping_tree_shape) && !is(pdata::details_tree_shape));
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
    orphaned[pdata::to_size(b)] = !state_.counts.get(b) || census.missing(b) != 0;
    if (!state_.counts.live(b) || (b < present_.nr_blocks && present_.live[pdata::to_size(b)]))
      continue;
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

std::optional<past_state> find_past_state(const device_scan& device, const present_state& present) {
  const auto candidate = only_candidate(device, present);
  if (!candidate || !have_blocks_in_common(present, candidate->counts)) return std::nullopt;
  return past_reader(device, present, *candidate).read();
}

present_state present_by_counts(metadata_block index, metadata_block nr_blocks,
                                const pdata::stored_counts& counts) {
  present_state present{.index = index, .nr_blocks = nr_blocks, .live = {}, .all_known = true};
  present.live.resize(pdata::to_size(nr_blocks));
  for (metadata_block b = 0; b < nr_blocks; ++b) present.live[pdata::to_size(b)] = counts.live(b);
  return present;
}

using pdata::metadata_block;

past_trees::past_trees(pdata::batch_reader& reader, metadata_block nr_blocks,
                       std::uint64_t nr_data_blocks, const past_state& state)
    : reader_(reader), state_(state), data_blocks_(nr_data_blocks), forest_(reader, nr_blocks) {
  const auto roots = device_roots(state.top);
  std::mutex mutex;
  forest_.read(roots, [&](const pdata::visited_leaf& leaf) {
    std::uint32_t newest = 0;
    for (std::uint32_t i = 0; i < leaf.node.nr_entries(); ++i) {
      const auto mapping = pdata::unpack_mapping(leaf.node.value_u64(i));
      if (mapping.block >= data_blocks_.nr_blocks()) continue;
      data_blocks_.increment(mapping.block);
      newest = std::max(newest, mapping.time);
    }
    const std::lock_guard lock(mutex);
    newest_time_ = std::max(newest_time_, newest);
  });
  for (const auto& [id, details] : state.details.devices)
    newest_time_ = std::max({newest_time_, details.creation_time, details.snapshotted_time});
}

bool past_trees::believable(const present_state& present, const pdata::block_scan& scan) {
  const auto explained = [&](const forest_place& place) {
    if (place.node) return true;
    if (place.id.edge != 0 || place.id.location >= present.nr_blocks) return false;
    const auto is = scan[place.id.location].is;
    return present.live[pdata::to_size(place.id.location)] ||
           (!present.all_known &&
            (is == pdata::block_class::unusable || is == pdata::block_class::blank));
  };
  for (const auto& [id, root] : state_.top.roots) {
    if (!explained(forest_.at_root(root))) return false;
    const auto node = forest_.good_node(root);
    const auto details = state_.details.devices.find(id);
    if (!node || details == state_.details.devices.end()) continue;
    const auto tree = forest_.below(*node);
    if (!tree.damaged && tree.nr_values != details->second.mapped_blocks) return false;
  }
  const auto& graph = forest_.graph();
  for (pdata::node_index i = 0; i < graph.nr_nodes(); ++i) {
    const auto& node = graph.node(i);
    if (node.state != pdata::node_state::internal || !forest_.below(i).damaged) continue;
    for (std::uint32_t slot = 0; slot < node.nr_entries; ++slot)
      if (!explained(forest_.at_slot(i, slot))) return false;
  }
  return true;
}

namespace {

// The child that a key leads to; none: it is below all of them.
std::optional<std::uint32_t> slot_for(const pdata::tree_graph& graph, const pdata::graph_node& node,
                                      std::uint64_t key) {
  std::uint32_t begin = 0;
  std::uint32_t end = node.nr_entries;
  while (begin < end) {
    const auto middle = begin + (end - begin) / 2;
    if (graph.key(node, middle) <= key)
      begin = middle + 1;
    else
      end = middle;
  }
  if (begin == 0) return std::nullopt;
  return begin - 1;
}

// Goes down towards a key, as long as `go_on` says so of where it gets.
template <class GoOn>
void descend(const mapping_forest& forest, metadata_block root, std::uint64_t key, GoOn go_on) {
  const auto& graph = forest.graph();
  auto at = root;
  for (std::size_t depth = 0; depth <= graph.nr_nodes(); ++depth) {
    const auto index = forest.good_node(at);
    if (!go_on(at, index) || !index) return;
    const auto& node = graph.node(*index);
    if (node.state != pdata::node_state::internal) return;
    const auto slot = slot_for(graph, node, key);
    if (!slot) return;
    at = graph.child(node, *slot);
  }
}

}  // namespace

past_answer tree_contains(const mapping_forest& forest, metadata_block root, std::uint64_t key,
                          metadata_block location) {
  auto answer = past_answer::no;
  descend(forest, root, key, [&](metadata_block at, const auto& node) {
    if (at == location)
      answer = past_answer::yes;
    else if (!node)
      answer = past_answer::unknown;
    return answer == past_answer::no;
  });
  return answer;
}

const past_trees::cached_leaf& past_trees::leaf_at(metadata_block location) const {
  if (cached_.location == location) return cached_;
  cached_ = {location, {}};
  const metadata_block wanted[] = {location};
  reader_.read(wanted, [&](const pdata::read_block& block) {
    if (!block.outcome.ok()) return;
    const auto outcome = pdata::node_view::parse(block.bytes);
    const auto* leaf = std::get_if<pdata::node_view>(&outcome);
    for (std::uint32_t i = 0; leaf != nullptr && i < leaf->nr_entries(); ++i)
      cached_.entries.emplace_back(leaf->key(i), leaf->value_u64(i));
  });
  return cached_;
}

past_answer past_trees::maps(pdata::device_id device, std::uint64_t key,
                             std::uint64_t value) const {
  auto answer = past_answer::no;
  descend(forest_, state_.top.roots.at(device), key, [&](metadata_block at, const auto& node) {
    if (!node) {
      answer = past_answer::unknown;
    } else if (forest_.graph().node(*node).state == pdata::node_state::leaf) {
      const auto& entries = leaf_at(at).entries;
      const auto found =
          std::ranges::lower_bound(entries, key, {}, [](const auto& e) { return e.first; });
      if (found != entries.end() && *found == std::pair(key, value)) answer = past_answer::yes;
    }
    return true;
  });
  return answer;
}

bool past_trees::data_block_in_use(pdata::data_block b) const {
  return b < data_blocks_.nr_blocks() && data_blocks_.get(b) != 0;
}

}  // namespace thin_tools
