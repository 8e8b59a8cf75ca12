#include "thin-tools/repair/owners/small_tree_leaves.h"

#include <fmt/format.h>

#include <algorithm>

namespace thin_tools {

using pdata::metadata_block;

namespace {

void regain_details(const repair_request& input, const device_scan& device, pool_view& view,
                    const reference_census& census, std::vector<std::string>& notes) {
  for (metadata_block b = 0; b < input.nr_blocks; ++b) {
    if (census.missing(b) == 0) continue;
    const auto& block = device.scan[b];
    const bool is_node =
        block.is == pdata::block_class::internal || block.is_leaf_of(pdata::details_tree_shape);
    if (!is_node || !device.children.is_tree_of(b, pdata::details_tree_shape)) continue;
    const auto found = read_details(input.reader, b, input.nr_blocks);
    merge_details(view.details, found);
    notes.push_back(
        fmt::format("Details of {} device(s) regained from block {}, which had lost its parent.",
                    found.devices.size(), b));
  }
}

// All that these name are trees that lost a reference.
void regain_top_level(const repair_request& input, const device_scan& device, pool_view& view,
                      reference_census& census, std::vector<std::string>& notes) {
  for (metadata_block b = 0; b < input.nr_blocks; ++b) {
    const auto& block = device.scan[b];
    if (census.missing(b) == 0 || !block.names_blocks || block.nr_entries == 0) continue;
    const auto found = read_top_level(input.reader, b, input.nr_blocks);
    const bool fits = std::ranges::all_of(found.roots, [&](const auto& entry) {
      return census.missing(entry.second) != 0 && !view.top.roots.contains(entry.first) &&
             (view.details.damaged() || view.details.devices.contains(entry.first));
    });
    if (!fits) continue;
    for (const auto& [id, root] : found.roots) census.add(root);
    census.add(b);
    merge_top_level(view.top, found);
    notes.push_back(
        fmt::format("Trees of {} device(s) regained from block {}, which had lost its parent.",
                    found.roots.size(), b));
  }
}

}  // namespace

void regain_small_trees(const repair_request& input, const device_scan& device, pool_view& view,
                        reference_census& census, std::vector<std::string>& notes) {
  if (view.roots.snapshot_lost) return;  // its trees would be taken for the pool's
  if (view.details.damaged()) regain_details(input, device, view, census, notes);
  if (view.top.damaged()) regain_top_level(input, device, view, census, notes);
}

}  // namespace thin_tools
