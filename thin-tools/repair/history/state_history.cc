#include "thin-tools/repair/history/state_history.h"

#include <algorithm>
#include <mutex>
#include <unordered_set>
#include <utility>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/format/mapping_value.h"

namespace thin_tools {

namespace {

// All trees of a state are read: of a large pool less is looked at.
constexpr std::size_t states_max = 64;
constexpr std::uint64_t blocks_max = std::uint64_t{1} << 20;

}  // namespace

state_history::state_history(const device_scan& device, present_state last,
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
  reused.resize(pdata::to_size(now_.nr_blocks));
  for (pdata::metadata_block b = 0; b < now_.nr_blocks; ++b) {
    const auto i = pdata::to_size(b);
    reused[i] = reused[i] || now_.live[i];
  }
  now_ = present_by_counts(older->state.index, now_.nr_blocks, older->state.counts);
  now_.reused = std::move(reused);
  links_.push_back(std::move(older));
  return true;
}

const past_trees* state_history::back(std::size_t i) {
  while (!ended_ && links_.size() <= i) ended_ = !go_back();
  return i < links_.size() ? links_[i]->trees.get() : nullptr;
}

using pdata::metadata_block;
using pdata::node_index;
using pdata::node_state;

namespace {

// Of a large tree a part tells enough.
constexpr std::size_t old_things_max = 65536;
constexpr std::size_t young_leaves_max = 256;

}  // namespace

tree_origins::tree_origins(const mapping_forest& forest, pdata::batch_reader& reader,
                           const past_trees& past, node_index root) {
  const auto& graph = forest.graph();
  std::vector<node_index> tasks{root};
  std::unordered_set<node_index> entered{root};
  std::vector<metadata_block> young_leaves;
  while (!tasks.empty() && nodes_.size() < old_things_max) {
    const auto index = tasks.back();
    tasks.pop_back();
    const auto& node = graph.node(index);
    const bool internal = node.state == node_state::internal;
    if (past.live(node.location)) {
      // A leaf without entries has no key to look for.
      if (node.nr_entries != 0)
        nodes_.push_back({internal ? graph.key(node, 0) : node.first_key, node.location});
      continue;
    }
    if (!internal && young_leaves.size() < young_leaves_max) young_leaves.push_back(node.location);
    for (std::uint32_t slot = 0; internal && slot < node.nr_entries; ++slot) {
      const auto child = forest.good_node(graph.child(node, slot));
      if (child && entered.insert(*child).second) tasks.push_back(*child);
    }
  }
  std::ranges::sort(young_leaves);
  add_young_leaves(reader, past, std::move(young_leaves));
}

// What maps a data block that was in use before is no new mapping.
void tree_origins::add_young_leaves(pdata::batch_reader& reader, const past_trees& past,
                                    std::vector<metadata_block> leaves) {
  std::mutex mutex;
  reader.read(leaves, [&](const pdata::read_block& block) {
    if (!block.outcome.ok()) return;
    const auto outcome = pdata::node_view::parse(block.bytes);
    const auto* leaf = std::get_if<pdata::node_view>(&outcome);
    const std::lock_guard lock(mutex);
    for (std::uint32_t i = 0; leaf != nullptr && i < leaf->nr_entries(); ++i) {
      const auto value = leaf->value_u64(i);
      if (mappings_.size() < old_things_max &&
          past.data_block_in_use(pdata::unpack_mapping(value).block))
        mappings_.push_back({leaf->key(i), value});
    }
  });
  std::ranges::sort(mappings_, {}, &old_mapping::key);
}

bool tree_origins::may_come_from(const past_trees& past, pdata::device_id device) const {
  return std::ranges::all_of(nodes_,
                             [&](const old_node& node) {
                               return past.contains(device, node.key, node.location) !=
                                      past_answer::no;
                             }) &&
         std::ranges::all_of(mappings_, [&](const old_mapping& mapping) {
           return past.maps(device, mapping.key, mapping.value) != past_answer::no;
         });
}

std::unique_ptr<state_history> open_history(const device_scan& device, const pool_view& view) {
  const auto& roots = view.roots;
  if (!roots.index || !roots.counts.sound()) return nullptr;
  auto nr_blocks = device.scan.nr_blocks();
  if (roots.superblock)
    nr_blocks =
        std::min<pdata::metadata_block>(nr_blocks, roots.superblock->metadata_space_map.nr_blocks);
  return std::make_unique<state_history>(
      device, present_by_counts(*roots.index, nr_blocks, roots.counts), view.nr_data_blocks_max);
}

}  // namespace thin_tools
