#include "thin-tools/repair/scan/device_scan.h"

#include <algorithm>
#include <mutex>

#include "persistent-data/format/btree_node.h"

namespace thin_tools {

using pdata::metadata_block;

namespace {

constexpr std::uint64_t huge = std::uint64_t{1} << 40;

}  // namespace

node_children::node_children(pdata::batch_reader& reader, const pdata::block_scan& scan)
    : scan_(scan) {
  std::mutex mutex;
  reader.read(scan.all_of(pdata::block_class::internal), [&](const pdata::read_block& block) {
    if (!block.outcome.ok()) return;
    const auto outcome = pdata::node_view::parse(block.bytes);
    const auto* node = std::get_if<pdata::node_view>(&outcome);
    if (node == nullptr || node->is_leaf()) return;
    const std::lock_guard lock(mutex);
    places_[block.location] = {
        .first = children_.size(), .count = node->nr_entries(), .some_leaf = {}};
    for (std::uint32_t i = 0; i < node->nr_entries(); ++i) children_.push_back(node->value_u64(i));
  });
  for (const auto node : scan.all_of(pdata::block_class::internal)) measure(node);
  for (const auto& [node, at] : places_) in_order_.emplace_back(node, &at);
  std::ranges::sort(in_order_);
}

std::span<const metadata_block> node_children::of(metadata_block node) const {
  const auto found = places_.find(node);
  if (found == places_.end()) return {};
  return std::span(children_).subspan(found->second.first, found->second.count);
}

bool node_children::is_node(metadata_block block) const {
  return block < scan_.nr_blocks() && (scan_[block].is == pdata::block_class::leaf ||
                                       scan_[block].is == pdata::block_class::internal);
}

std::optional<metadata_block> node_children::some_leaf(metadata_block root) const {
  if (!is_node(root)) return std::nullopt;
  if (scan_[root].is == pdata::block_class::leaf) return root;
  const auto found = places_.find(root);
  return found != places_.end() ? found->second.some_leaf : std::nullopt;
}

std::uint64_t node_children::tree_size(metadata_block root) const {
  const auto found = places_.find(root);
  return found != places_.end() ? found->second.tree_size : 1;
}

std::uint64_t node_children::nr_values(metadata_block root) const {
  const auto found = places_.find(root);
  if (found != places_.end()) return found->second.nr_values;
  if (root >= scan_.nr_blocks() || scan_[root].is != pdata::block_class::leaf) return 0;
  return scan_[root].nr_entries;
}

std::uint64_t node_children::tree_depth(metadata_block root) const {
  const auto found = places_.find(root);
  return found != places_.end() ? found->second.tree_depth : 1;
}

// Children before their parents, each node once.
void node_children::measure(metadata_block root) {
  struct frame {
    place* at;
    std::uint32_t next_child;
  };
  std::vector<frame> stack;
  const auto enter = [&](metadata_block node) {
    const auto found = places_.find(node);
    if (found == places_.end() || found->second.tree_size != 0) return;
    found->second.tree_size = huge;  // as long as it is not left: a circle
    stack.push_back({&found->second, 0});
  };
  enter(root);
  while (!stack.empty()) {
    auto& [at, next_child] = stack.back();
    if (next_child < at->count) {
      enter(children_[at->first + next_child++]);
      continue;
    }
    std::uint64_t size = 1;
    for (std::uint32_t i = 0; i < at->count; ++i) {
      const auto child = children_[at->first + i];
      size = std::min(huge, size + tree_size(child));
      at->nr_values = std::min(huge, at->nr_values + nr_values(child));
      at->tree_depth = std::max(at->tree_depth, 1 + tree_depth(child));
      if (!at->some_leaf) at->some_leaf = some_leaf(child);
    }
    at->tree_size = size;
    stack.pop_back();
  }
}

std::uint32_t node_children::leaf_value_size(metadata_block root) const {
  const auto leaf = some_leaf(root);
  return leaf ? scan_[*leaf].value_size : 0;
}

}  // namespace thin_tools
