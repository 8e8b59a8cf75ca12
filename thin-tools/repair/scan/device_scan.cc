#include "thin-tools/repair/scan/device_scan.h"

#include <algorithm>
#include <numeric>

#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/checksum.h"

namespace thin_tools {

namespace {

block_summary summarize_node(pdata::block_view bytes, pdata::metadata_block nr_blocks) {
  block_summary summary;
  const auto outcome = pdata::node_view::parse(bytes);
  const auto* node = std::get_if<pdata::node_view>(&outcome);
  if (node == nullptr) return summary;
  summary.is = node->is_leaf() ? block_class::leaf : block_class::internal;
  summary.nr_entries = static_cast<std::uint16_t>(node->nr_entries());
  summary.value_size = static_cast<std::uint8_t>(std::min(node->value_size(), 255U));
  if (!node->empty()) {
    summary.first_key = node->first_key();
    summary.last_key = node->last_key();
  }
  if (summary.is_leaf_of(8)) {
    summary.names_blocks = true;
    for (std::uint32_t i = 0; i < node->nr_entries() && summary.names_blocks; ++i)
      summary.names_blocks = node->value_u64(i) != 0 && node->value_u64(i) < nr_blocks;
  }
  return summary;
}

}  // namespace

block_summary summarize(pdata::block_view bytes, pdata::metadata_block location,
                        pdata::metadata_block nr_blocks) {
  if (pdata::is_zero(bytes)) return {.is = block_class::blank};
  const auto kind = pdata::identify(bytes);
  if (!kind || pdata::stored_location(bytes) != location) return {};
  switch (*kind) {
    case pdata::block_kind::superblock:
      return {.is = block_class::superblock};
    case pdata::block_kind::index:
      return {.is = block_class::index};
    case pdata::block_kind::bitmap:
      return {.is = block_class::bitmap};
    case pdata::block_kind::btree_node:
      return summarize_node(bytes, nr_blocks);
    default:
      return {};
  }
}

block_scan::block_scan(pdata::batch_reader& reader, pdata::metadata_block nr_blocks)
    : summaries_(nr_blocks) {
  std::vector<pdata::metadata_block> wanted(nr_blocks);
  std::iota(wanted.begin(), wanted.end(), pdata::metadata_block{0});
  reader.read(wanted, [&](const pdata::read_block& block) {
    if (block.outcome.ok())
      summaries_[block.location] = summarize(block.bytes, block.location, nr_blocks);
  });
}

std::vector<pdata::metadata_block> block_scan::all_of(block_class wanted) const {
  std::vector<pdata::metadata_block> found;
  for (pdata::metadata_block b = 0; b < nr_blocks(); ++b)
    if (summaries_[b].is == wanted) found.push_back(b);
  return found;
}

}  // namespace thin_tools
