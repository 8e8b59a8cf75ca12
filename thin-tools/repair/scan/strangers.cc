#include "thin-tools/repair/scan/strangers.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <set>
#include <unordered_map>

#include "persistent-data/btree/leaf_stream.h"
#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/damage_sinks.h"
#include "persistent-data/format/mapping_value.h"
#include "thin-tools/repair/scan/census.h"
#include "thin-tools/repair/scan/data_counts.h"

namespace thin_tools {

using pdata::block_class;
using pdata::metadata_block;

namespace {

// A lie changes a number or two of a block: it does not make the rest of it false.
constexpr std::size_t few = 3;

bool gone(block_class is) { return is == block_class::unusable || is == block_class::blank; }

struct suspect {
  metadata_block block = 0;
  std::size_t nr_free = 0;  // named or mapped that the map calls free
  std::size_t nr_bad = 0;   // these, and what is named or mapped too often
  std::size_t nr_all = 0;

  bool of_another_state() const { return nr_free != 0 && (nr_bad == nr_all || nr_bad > few); }
};

class stranger_finder {
 public:
  stranger_finder(const repair_request& input, const device_scan& device, const chosen_roots& roots,
                  const std::vector<metadata_block>& claimed)
      : input_(input), device_(device), roots_(roots), claimed_(claimed) {}

  std::vector<metadata_block> run() {
    if (!counts_are_sound()) return {};
    if (!claimed_.empty()) find_misfits();
    if (found_.empty()) find_nodes();
    if (found_.empty()) find_leaves();
    return {found_.begin(), found_.end()};
  }

 private:
  bool counts_are_sound() const;
  void find_misfits();
  void find_nodes();
  void find_leaves();
  void take_worst(std::vector<suspect> suspects);
  std::vector<metadata_block> mapping_leaves() const;

  const repair_request& input_;
  const device_scan& device_;
  const chosen_roots& roots_;
  const std::vector<metadata_block>& claimed_;
  std::set<metadata_block> found_;
};

// Bitmaps agree with their index, and all of them with the superblock.
bool stranger_finder::counts_are_sound() const {
  if (!roots_.counts.sound() || !roots_.counts.anything_known()) return false;
  if (!roots_.superblock) return true;
  const auto& map = roots_.superblock->metadata_space_map;
  return roots_.index != map.bitmap_root || roots_.counts.nr_allocated() == map.nr_allocated;
}

// Of claimed blocks: sound nodes that do not belong below any of the nodes that name them. Of a
// node with more such children than few it may be the node itself that does not belong there.
void stranger_finder::find_misfits() {
  std::vector<metadata_block> wanted;
  for (const auto b : device_.scan.all_of(block_class::internal))
    if (roots_.counts.live(b) && device_.children.leaf_value_size(b) == 8) wanted.push_back(b);
  std::set<metadata_block> fitting;
  std::set<metadata_block> misfits;
  std::mutex mutex;
  input_.reader.read(wanted, [&](const pdata::read_block& block) {
    if (!block.outcome.ok()) return;
    const auto outcome = pdata::node_view::parse(block.bytes);
    const auto* node = std::get_if<pdata::node_view>(&outcome);
    if (node == nullptr || node->is_leaf()) return;
    std::vector<metadata_block> own;
    const std::lock_guard lock(mutex);
    for (std::uint32_t i = 0; i < node->nr_entries(); ++i) {
      const auto child = node->value_u64(i);
      if (child >= input_.nr_blocks || gone(device_.scan[child].is)) continue;
      const auto& is = device_.scan[child];
      const bool fits = is.is_leaf_of(pdata::mapping_tree_shape)
                            ? is.nr_entries == 0 ||
                                  (is.first_key >= node->key(i) &&
                                   (i + 1 == node->nr_entries() || is.last_key < node->key(i + 1)))
                            : is.is == block_class::internal;
      if (fits)
        fitting.insert(child);
      else
        own.push_back(child);
    }
    if (own.size() <= few || own.size() * 4 <= node->nr_entries())
      misfits.insert(own.begin(), own.end());
  });
  for (const auto b : misfits)
    if (!fitting.contains(b) && std::ranges::binary_search(claimed_, b)) found_.insert(b);
}

// Those that name or map what is free; else what explains more than any other does.
void stranger_finder::take_worst(std::vector<suspect> suspects) {
  for (const auto& each : suspects)
    if (each.of_another_state()) found_.insert(each.block);
  if (!found_.empty()) return;
  if (suspects.empty()) return;
  std::ranges::sort(suspects, std::greater{}, &suspect::nr_bad);
  const auto& worst = suspects.front();
  const bool explains_most = suspects.size() == 1 || suspects[1].nr_bad * 2 < worst.nr_bad;
  if (worst.nr_bad > few && worst.nr_bad * 2 >= worst.nr_all && explains_most)
    found_.insert(worst.block);
}

void stranger_finder::find_nodes() {
  const auto census = take_census(input_, device_, roots_);
  const auto& counts = roots_.counts;
  std::vector<suspect> suspects;
  std::set<metadata_block> free;
  device_.children.for_each_node([&](metadata_block node, std::span<const metadata_block> named) {
    if (!counts.live(node) || named.empty()) return;
    suspect of{.block = node, .nr_all = named.size()};
    std::vector<metadata_block> free_ones;
    for (const auto child : named) {
      if (child >= input_.nr_blocks) {
        ++of.nr_free;
        ++of.nr_bad;
        continue;
      }
      const auto counted = counts.get(child);
      if (counted == 0U) {
        ++of.nr_free;
        free_ones.push_back(child);
      }
      of.nr_bad += counted && census.refs(child) > *counted;
    }
    if (of.nr_bad == 0) return;
    suspects.push_back(of);
    if (!of.of_another_state()) free.insert(free_ones.begin(), free_ones.end());
  });
  take_worst(std::move(suspects));
  // What is free is none of the state's nodes, whoever names it.
  for (const auto b : free)
    if (!gone(device_.scan[b].is)) found_.insert(b);
}

// All that are live, but for those of top level trees.
std::vector<metadata_block> stranger_finder::mapping_leaves() const {
  std::set<metadata_block> top_levels;
  auto tops = roots_.snapshot_mapping_roots;
  if (roots_.mapping_root) tops.push_back(*roots_.mapping_root);
  std::mutex mutex;
  const pdata::leaf_visitor take = [&](const pdata::visited_leaf& leaf) {
    const std::lock_guard lock(mutex);
    top_levels.insert(leaf.location);
  };
  pdata::tree_graph graph(input_.reader, pdata::top_level_tree_shape, input_.nr_blocks);
  graph.add(tops, &take);
  std::vector<metadata_block> leaves;
  for (metadata_block b = 1; b < input_.nr_blocks; ++b)
    if (device_.scan[b].is_leaf_of(pdata::mapping_tree_shape) && roots_.counts.live(b) &&
        !top_levels.contains(b))
      leaves.push_back(b);
  return leaves;
}

void stranger_finder::find_leaves() {
  if (!roots_.data_map) return;
  const auto leaves = mapping_leaves();
  const auto too_often = mapped_too_often(input_, *roots_.data_map, leaves);
  if (!too_often || too_often->empty()) return;
  std::vector<suspect> suspects;
  std::mutex mutex;
  input_.reader.read(leaves, [&](const pdata::read_block& block) {
    if (!block.outcome.ok()) return;
    const auto outcome = pdata::node_view::parse(block.bytes);
    const auto* leaf = std::get_if<pdata::node_view>(&outcome);
    if (leaf == nullptr) return;
    suspect of{.block = block.location, .nr_all = leaf->nr_entries()};
    for (std::uint32_t i = 0; i < leaf->nr_entries(); ++i) {
      const auto found = too_often->find(pdata::unpack_mapping(leaf->value_u64(i)).block);
      if (found == too_often->end()) continue;
      ++of.nr_bad;
      of.nr_free += found->second == 0;
    }
    if (of.nr_bad == 0) return;
    const std::lock_guard lock(mutex);
    suspects.push_back(of);
  });
  take_worst(std::move(suspects));
}

std::vector<metadata_block> bitmaps_named_by(const repair_request& input, metadata_block index) {
  std::vector<metadata_block> named;
  const auto block = std::make_unique<pdata::block_buffer>();
  if (!input.reader.device().read(index, block->span()).ok()) return named;
  for (std::uint64_t slot = 0; slot < pdata::max_metadata_bitmaps; ++slot)
    if (const auto at = pdata::load_index_entry(block->view(), slot).location;
        at != 0 && at < input.nr_blocks)
      named.push_back(at);
  return named;
}

}  // namespace

std::string strangers::describe() const {
  constexpr std::size_t named_max = 16;
  std::string text;
  for (std::size_t i = 0; i < std::min(blocks.size(), named_max); ++i)
    text += fmt::format("{}{}", i == 0 ? "" : ", ", blocks[i]);
  if (blocks.size() > named_max) text += fmt::format(" and {} more", blocks.size() - named_max);
  return fmt::format(
      "{} block(s) are sound and not of the state that is taken, as after writes that were lost "
      "or went elsewhere: {}.",
      blocks.size(), text);
}

strangers find_claimed_strangers(const repair_request& input, const device_scan& device,
                                 const pdata::superblock& pool,
                                 const std::vector<metadata_block>& claimed) {
  std::set<metadata_block> found;
  const auto expect = [&](metadata_block b, bool is_right) {
    if (!is_right && std::ranges::binary_search(claimed, b)) found.insert(b);
  };
  const auto expect_tree = [&](metadata_block root, const pdata::tree_shape& shape) {
    if (root >= input.nr_blocks) return;
    const auto& is = device.scan[root];
    expect(root, is.is == block_class::internal
                     ? device.children.leaf_value_size(root) == shape.value_size
                     : is.is_leaf_of(shape));
  };
  expect_tree(pool.mapping_root, pdata::top_level_tree_shape);
  expect_tree(pool.details_root, pdata::details_tree_shape);
  expect_tree(pool.data_space_map.bitmap_root, pdata::data_index_tree_shape);
  expect_tree(pool.data_space_map.ref_count_root, pdata::data_overflow_tree_shape);
  expect_tree(pool.metadata_space_map.ref_count_root, pdata::metadata_overflow_tree_shape);
  const auto index = pool.metadata_space_map.bitmap_root;
  if (index >= input.nr_blocks) return {};
  expect(index, device.scan[index].is == block_class::index);
  const auto counts = pdata::stored_counts::load(input.reader, index, input.nr_blocks);
  if (!counts.sound())
    for (const auto bitmap : bitmaps_named_by(input, index)) expect(bitmap, false);
  pdata::silent_sink sink;
  pdata::for_each_entry(input.reader, pdata::data_index_tree_shape, pool.data_space_map.bitmap_root,
                        input.nr_blocks, pdata::which_metadata::active, sink,
                        [&](std::uint64_t, std::span<const std::byte> value) {
                          const auto b = pdata::index_entry::load(value).location;
                          if (b < input.nr_blocks)
                            expect(b, device.scan[b].is == block_class::bitmap);
                        });
  return {{found.begin(), found.end()}};
}

strangers find_strangers(const repair_request& input, const device_scan& device,
                         const chosen_roots& roots, const std::vector<metadata_block>& claimed) {
  return {stranger_finder(input, device, roots, claimed).run()};
}

}  // namespace thin_tools
