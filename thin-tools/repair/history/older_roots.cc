#include "thin-tools/repair/history/older_roots.h"

#include <algorithm>
#include <unordered_set>

#include "thin-tools/repair/history/root_choice.h"
#include "thin-tools/repair/history/root_list.h"
#include "thin-tools/repair/history/state_ring.h"
#include "thin-tools/repair/scan/small_trees.h"

namespace thin_tools {

using pdata::metadata_block;

namespace {

constexpr std::size_t compared_max = 32;  // top level trees, those with most mappings

// Of the superblock's state, or of the last one that is whole.
std::optional<pdata::stored_counts> last_counts(const repair_request& input,
                                                const device_scan& device) {
  if (const auto own = read_superblock(input.reader, pdata::superblock_location, input.nr_blocks)) {
    auto counts = pdata::stored_counts::load(input.reader, own->metadata_space_map.bitmap_root,
                                             input.nr_blocks);
    if (counts.anything_known()) return counts;
    return std::nullopt;
  }
  auto newest = find_newest_generations(device);
  if (newest.candidates.empty()) return std::nullopt;
  return std::move(newest.candidates.front().counts);
}

struct leaf_share {
  std::uint64_t nr_all = 0;   // entries of leaves
  std::uint64_t nr_live = 0;  // of those that the last state uses
};

leaf_share share_of(const device_scan& device, const top_level& top,
                    const std::optional<pdata::stored_counts>& counts) {
  leaf_share share;
  std::unordered_set<metadata_block> entered;
  std::vector<metadata_block> open;
  for (const auto& [id, root] : top.roots) open.push_back(root);
  while (!open.empty()) {
    const auto b = open.back();
    open.pop_back();
    if (b >= device.scan.nr_blocks() || !entered.insert(b).second) continue;
    const auto& block = device.scan[b];
    if (block.is_leaf_of(pdata::mapping_tree_shape)) {
      share.nr_all += block.nr_entries;
      if (!counts || counts->live(b)) share.nr_live += block.nr_entries;
    } else if (block.is == pdata::block_class::internal) {
      const auto children = device.children.of(b);
      open.insert(open.end(), children.begin(), children.end());
    }
  }
  return share;
}

std::vector<pdata::device_id> ids_of(const auto& table) {
  std::vector<pdata::device_id> ids;
  for (const auto& [id, unused] : table) ids.push_back(id);
  return ids;
}

// The youngest with these devices.
std::optional<metadata_block> details_for(const repair_request& input, const root_list& roots,
                                          const top_level& top) {
  const auto wanted = ids_of(top.roots);
  std::optional<metadata_block> found;
  auto best = std::tuple<std::uint32_t, std::uint64_t, std::uint64_t>();
  std::size_t nr_looks = 0;
  for (const auto& each : roots.details_roots) {
    if (each.nr_devices != wanted.size() || ++nr_looks > compared_max * compared_max) continue;
    const auto details = read_details(input.reader, each.location, input.nr_blocks);
    if (details.damaged() || ids_of(details.devices) != wanted) continue;
    const auto age = std::tuple(each.newest_time, each.newest_transaction, each.nr_mappings);
    if (found && age <= best) continue;
    found = each.location;
    best = age;
  }
  return found;
}

}  // namespace

std::optional<older_roots> find_older_roots(const repair_request& input,
                                            const device_scan& device) {
  const auto counts = last_counts(input, device);
  const auto roots = list_roots(input.reader);
  const auto own = read_superblock(input.reader, pdata::superblock_location, input.nr_blocks);
  details_table known;
  if (own) known = read_details(input.reader, own->details_root, input.nr_blocks);
  const bool details_known = own && !known.damaged() && !known.devices.empty();
  std::optional<older_roots> best;
  std::uint64_t most = 0;
  std::size_t nr_compared = 0;
  for (const auto& each : roots.mapping_roots) {
    if (nr_compared == compared_max) break;
    const auto top = read_top_level(input.reader, each.location, input.nr_blocks);
    if (top.damaged() || top.roots.empty()) continue;
    if (details_known && ids_of(top.roots) != ids_of(known.devices)) continue;
    ++nr_compared;
    const auto share = share_of(device, top, counts);
    if (share.nr_live <= most || share.nr_live * 2 < share.nr_all) continue;
    const auto details =
        details_known ? std::optional(own->details_root) : details_for(input, roots, top);
    if (!details) continue;
    best = older_roots{each.location, *details};
    most = share.nr_live;
  }
  return best;
}

}  // namespace thin_tools
