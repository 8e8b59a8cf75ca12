#include "persistent-data/survey/device_scan.h"

#include <algorithm>
#include <numeric>

#include "persistent-data/base/all_zero.h"
#include "persistent-data/base/checked_math.h"
#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/checksum.h"

namespace pdata {

namespace {

block_summary summarize_node(block_view bytes, metadata_block nr_blocks) {
  block_summary summary;
  const auto outcome = node_view::parse(bytes);
  const auto* node = std::get_if<node_view>(&outcome);
  if (node == nullptr) {
    summary.is_false_node = true;
    return summary;
  }
  summary.is = node->is_leaf() ? block_class::leaf : block_class::internal;
  summary.nr_entries = static_cast<std::uint16_t>(node->nr_entries());
  summary.value_size = static_cast<std::uint8_t>(std::min(node->value_size(), 255U));
  if (!node->empty()) {
    summary.first_key = node->first_key();
    summary.last_key = node->last_key();
  }
  if (summary.is_leaf_of(top_level_tree_shape)) {
    summary.names_blocks = true;
    for (std::uint32_t i = 0; i < node->nr_entries() && summary.names_blocks; ++i)
      summary.names_blocks = node->value_u64(i) != 0 && node->value_u64(i) < nr_blocks;
  }
  return summary;
}

}  // namespace

block_summary summarize(block_view bytes, metadata_block location, metadata_block nr_blocks) {
  if (all_zero(bytes)) return {.is = block_class::blank};
  const auto kind = identify(bytes);
  if (!kind || stored_location(bytes) != location) return {};
  switch (*kind) {
    case block_kind::superblock:
      return {.is = block_class::superblock};
    case block_kind::index:
      return {.is = block_class::index};
    case block_kind::bitmap:
      return {.is = block_class::bitmap};
    case block_kind::btree_node:
      return summarize_node(bytes, nr_blocks);
    default:
      return {};
  }
}

block_scan::block_scan(batch_reader& reader, metadata_block nr_blocks)
    : summaries_(to_size(nr_blocks)) {
  std::vector<metadata_block> wanted(to_size(nr_blocks));
  std::iota(wanted.begin(), wanted.end(), metadata_block{0});
  reader.read(wanted, [&](const read_block& block) {
    if (block.outcome.ok())
      summaries_[to_size(block.location)] = summarize(block.bytes, block.location, nr_blocks);
  });
}

std::vector<metadata_block> block_scan::all_of(block_class wanted) const {
  std::vector<metadata_block> found;
  for (metadata_block b = 0; b < nr_blocks(); ++b)
    if (summaries_[to_size(b)].is == wanted) found.push_back(b);
  return found;
}

}  // namespace pdata
