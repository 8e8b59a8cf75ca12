// The second half of planning: what each device keeps and loses, and the values
// that were lost with details and superblock.
#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "persistent-data/base/error.h"
#include "persistent-data/format/damage_catalogue.h"
#include "thin-tools/repair/trees/forest_order.h"
#include "thin-tools/repair/repair.h"

namespace thin_tools {

using pdata::device_id;
using pdata::metadata_block;

namespace {

std::string reason_for(const hole& found) {
  return pdata::describe({.id = found.why.id,
                          .where = pdata::structure::mapping_tree,
                          .location = found.id.location,
                          .expected = found.why.expected,
                          .actual = found.why.actual});
}

[[noreturn]] void demand(const char* field) {
  throw pdata::error(
      fmt::format("The following field needs to be provided on the command line due to corruption "
                  "in the superblock: {}",
                  field));
}

}  // namespace

void planner::list_lost_ranges(recovered_device& device) {
  if (limits_.nr_ranges == 0) return;
  list_holes(*plan_.forest, device.root, limits_.nr_looks, [&](const hole& found) {
    device.lost.push_back({found.keys, reason_for(found)});
    --limits_.nr_ranges;
    return limits_.nr_ranges != 0 && device.lost.size() < listing_limits::ranges_of_device;
  });
}

recovered_device planner::describe_device(device_id id, const forest_accounts& accounts) {
  recovered_device device{.id = id, .root = top_.roots.at(id)};
  const auto account = accounts.of(device.root);
  const auto details = details_.devices.find(id);
  if (details != details_.devices.end()) {
    device.details = details->second;
    device.expected = details->second.mapped_blocks;
  } else {
    without_details_.push_back(id);
  }
  device.details.mapped_blocks = account.nr_mapped;
  device.nr_dropped = account.nr_dropped;
  device.nr_regained = account.nr_regained;
  device.nr_agreed = account.nr_agreed;
  // Where all mappings are there again, nothing was lost in the holes.
  if (account.nr_holes != 0 && device.expected != account.nr_mapped) {
    device.nr_lost_ranges = account.nr_holes;
    list_lost_ranges(device);
  }
  if (const auto guess = guessed_roots_.find(id); guess != guessed_roots_.end())
    device.guesses.push_back(guess->second);
  if (account.nr_holes == 0 && device.expected && *device.expected != account.nr_mapped &&
      account.nr_dropped == 0)
    device.guesses.push_back(fmt::format("number of mapped blocks: {}, its details said {}",
                                         account.nr_mapped, *device.expected));
  return device;
}

void planner::account_for_devices() {
  forest_accounts accounts(*plan_.forest, *plan_.leaves);
  accounts.make(device_roots());
  for (const auto& [id, root] : top_.roots) {
    auto device = describe_device(id, accounts);
    if (device.nr_kept() != 0 || device.complete()) {
      plan_.devices.push_back(std::move(device));
      continue;
    }
    if (!without_details_.empty() && without_details_.back() == id) without_details_.pop_back();
    plan_.lost_devices.push_back({id, device.expected,
                                  !device.lost.empty() ? device.lost.front().reason
                                  : device.nr_lost_ranges != 0
                                      ? "its tree cannot be read"
                                      : "none of its mappings can be true"});
  }
}

void planner::describe_lost_devices() {
  for (const auto& [id, details] : details_.devices)
    if (!top_.roots.contains(id))
      plan_.lost_devices.push_back(
          {id, details.mapped_blocks,
           top_.damaged() ? "the top level tree is damaged where it names its tree, and no tree "
                            "that is left is its own for certain"
                          : "the top level tree does not name a tree for it"});
  std::ranges::sort(plan_.lost_devices, {}, &lost_device::id);
  if (top_.damaged() && details_.damaged() && !all_trees_named())
    plan_.losses.push_back(
        "Both the top level tree and the device details are damaged: devices may be missing that "
        "neither names.");
}

// Losing everything is no repair.
void planner::refuse_emptiness() const {
  const bool any_mapping = std::ranges::any_of(
      plan_.devices, [](const recovered_device& d) { return d.nr_kept() != 0; });
  if (any_mapping) return;
  if (plan_.lost_devices.empty() && !top_.damaged() && !details_.damaged()) return;
  std::string text = fmt::format("no mapping of '{}' can be recovered:", name_);
  constexpr std::size_t named_max = 10;
  for (const auto& device : std::views::take(plan_.lost_devices, named_max))
    text += fmt::format(" device {} ({});", device.id, device.reason);
  if (plan_.lost_devices.size() > named_max)
    text += fmt::format(" and {} more;", plan_.lost_devices.size() - named_max);
  if (plan_.lost_devices.empty()) text += " the trees that name the devices are damaged;";
  throw pdata::error(text + " see --list-roots");
}

planner::kept_leaves planner::find_kept_leaves(std::span<const metadata_block> roots) {
  const auto& forest = *plan_.forest;
  const auto& graph = forest.graph();
  kept_leaves found;
  std::vector<bool> kept(forest.nr_nodes());
  const auto order = parents_first(*plan_.forest, roots, [](pdata::node_index) { return true; });
  for (const auto index : order.nodes) kept[index] = true;
  for (pdata::node_index i = 0; i < kept.size(); ++i) {
    if (forest.is_agreed_leaf(i)) {
      if (kept[i]) found.agreed.push_back(i);
      continue;
    }
    if (graph.node(i).state != pdata::node_state::leaf) continue;
    ++found.nr_read;
    if (kept[i]) found.locations.push_back(graph.node(i).location);
  }
  std::ranges::sort(found.locations);
  return found;
}

// The leaves that the devices keep, and what they hold. Leaves that were read
// and not used must not count.
void planner::list_leaves() {
  std::vector<metadata_block> roots;
  for (const auto& device : plan_.devices) roots.push_back(device.root);
  auto kept = find_kept_leaves(roots);
  plan_.leaf_locations = std::move(kept.locations);
  plan_.agreed_leaves = std::move(kept.agreed);
  if (kept.nr_read != plan_.leaf_locations.size()) count_leaves_again();
  for (const auto leaf : plan_.agreed_leaves)
    plan_.leaves->count(plan_.entries_of_agreed(leaf, reader_.device()));
}

void planner::count_leaves_again() {
  plan_.leaves = std::make_unique<leaf_census>(nr_data_blocks_max_, reader_.nr_workers());
  reader_.read(plan_.leaf_locations, [&](const pdata::read_block& block) {
    if (!block.outcome.ok()) return;
    const auto outcome = pdata::node_view::parse(block.bytes);
    if (const auto* leaf = std::get_if<pdata::node_view>(&outcome))
      plan_.leaves->count(block.worker, block.location, *leaf);
  });
}

// Times are set so that every block counts as shared: at worst it is copied
// once more. Creation time and transaction stand in older copies, if there are.
void planner::rebuild_details() {
  auto& pool = plan_.superblock;
  std::uint32_t newest = plan_.leaves->newest_time();
  for (const auto& [id, details] : details_.devices)
    newest = std::max({newest, details.creation_time, details.snapshotted_time});
  pool.time = roots_.superblock ? std::max(roots_.superblock->time, newest) : newest;
  if (without_details_.empty()) return;
  if (details_.damaged() || !roots_.details_root)
    plan_.notes.push_back(
        fmt::format("found {} mapping tree(s) without device details", without_details_.size()));
  const bool past_known = past_ != nullptr && roots_.superblock;
  if (!past_known) pool.time = std::max(pool.time, newest + 1);
  for (auto& device : plan_.devices) {
    if (!std::ranges::binary_search(without_details_, device.id)) continue;
    if (past_known && details_from_past(device)) continue;
    device.details.creation_time = pool.time;
    device.details.snapshotted_time = pool.time;
    device.details.transaction_id = roots_.superblock ? roots_.superblock->transaction_id : 0;
    device.guesses.push_back(fmt::format(
        "its details: creation and snapshot time {}, transaction {}; the mapped blocks were "
        "counted",
        pool.time, device.details.transaction_id));
  }
}

void planner::decide_superblock() {
  auto& pool = plan_.superblock;
  const auto& own = roots_.superblock;
  const auto& any = roots_.any_superblock;
  if (own) {
    pool.transaction_id = own->transaction_id;
    pool.flags = own->flags;
    if (own->version == 1) pool.version = 1;  // anything else but 2 was never written
  } else {
    std::uint64_t newest = 0;
    for (const auto& device : plan_.devices)
      newest = std::max(newest, device.details.transaction_id);
    pool.transaction_id = newest + (plan_.devices.empty() ? 0 : 1);
  }
  if (options_.transaction_id) pool.transaction_id = *options_.transaction_id;
  if (options_.data_block_size)
    pool.data_block_size = static_cast<std::uint32_t>(*options_.data_block_size);
  else if (any && pdata::valid_data_block_size(any->data_block_size))
    pool.data_block_size = any->data_block_size;
  else
    demand("data block size");
  const auto needed = plan_.leaves->highest_end();
  pool.nr_data_blocks = own ? std::max(own->data_space_map.nr_blocks, needed) : needed;
  if (options_.nr_data_blocks) pool.nr_data_blocks = *options_.nr_data_blocks;
  if (pool.nr_data_blocks < needed)
    throw pdata::error(fmt::format("data block {} is mapped, but --nr-data-blocks says {}",
                                   needed - 1, pool.nr_data_blocks));
}

}  // namespace thin_tools
