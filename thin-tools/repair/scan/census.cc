#include "thin-tools/repair/scan/census.h"

namespace thin_tools {

using pdata::metadata_block;

reference_census::reference_census(const pdata::block_scan& scan, const node_children& children,
                                   const pdata::stored_counts& counts)
    : counts_(counts), refs_(scan.nr_blocks()) {
  children.for_each_node([&](metadata_block node, std::span<const metadata_block> named) {
    if (counts.live(node))
      for (const auto child : named) add(child);
  });
}

std::uint32_t reference_census::missing(metadata_block block) const {
  if (block >= refs_.size()) return 0;
  const auto counted = counts_.get(block);
  return counted && *counted > refs_[block] ? *counted - refs_[block] : 0;
}

std::uint64_t reference_census::contradictions() const {
  std::uint64_t found = 0;
  for (metadata_block b = 0; b < refs_.size(); ++b) {
    if (refs_[b] == 0) continue;
    const auto counted = counts_.get(b);
    if (counted && refs_[b] > *counted) ++found;
  }
  return found;
}

}  // namespace thin_tools
