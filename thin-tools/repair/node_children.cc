#include "thin-tools/repair/node_children.h"

#include <mutex>

#include "persistent-data/format/btree_node.h"

namespace thin_tools {

using pdata::metadata_block;

namespace {

constexpr int depth_max = 64;

}  // namespace

node_children::node_children(pdata::batch_reader& reader, const block_scan& scan) : scan_(scan) {
  std::mutex mutex;
  reader.read(scan.all_of(block_class::internal), [&](const pdata::read_block& block) {
    if (!block.outcome.ok()) return;
    const auto outcome = pdata::node_view::parse(block.bytes);
    const auto* node = std::get_if<pdata::node_view>(&outcome);
    if (node == nullptr || node->is_leaf()) return;
    const std::lock_guard lock(mutex);
    places_[block.location] = {children_.size(), node->nr_entries()};
    for (std::uint32_t i = 0; i < node->nr_entries(); ++i) children_.push_back(node->value_u64(i));
  });
}

std::span<const metadata_block> node_children::of(metadata_block node) const {
  const auto found = places_.find(node);
  if (found == places_.end()) return {};
  return std::span(children_).subspan(found->second.first, found->second.count);
}

std::optional<metadata_block> node_children::some_leaf(metadata_block root) const {
  std::optional<metadata_block> at = root;
  for (int depth = 0; depth < depth_max && at; ++depth) {
    if (*at >= scan_.nr_blocks()) return std::nullopt;
    if (scan_[*at].is == block_class::leaf) return at;
    const auto children = of(*at);
    at.reset();
    for (std::size_t i = 0; i < children.size() && !at; ++i)
      if (children[i] < scan_.nr_blocks() && (scan_[children[i]].is == block_class::leaf ||
                                              scan_[children[i]].is == block_class::internal))
        at = children[i];
  }
  return std::nullopt;
}

std::uint32_t node_children::leaf_value_size(metadata_block root) const {
  const auto leaf = some_leaf(root);
  return leaf ? scan_[*leaf].value_size : 0;
}

}  // namespace thin_tools
