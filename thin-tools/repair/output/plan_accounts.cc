#include "thin-tools/repair/output/plan_accounts.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <unordered_set>

#include "persistent-data/base/error.h"
#include "persistent-data/format/mapping_value.h"
#include "thin-tools/repair/output/closed_account.h"
#include "thin-tools/repair/placement/fill_holes.h"
#include "thin-tools/repair/placement/history_leaves.h"
#include "thin-tools/repair/trees/accounts.h"
#include "thin-tools/repair/trees/forest_order.h"

namespace thin_tools {

using pdata::device_id;
using pdata::metadata_block;

namespace {

// Why it is a hole, for the user.
std::string reason_for(const hole& found, const repair_request& input) {
  if (found.id.edge == 0 && input.disbelieved.contains(found.id.location))
    return fmt::format("mapping tree, block {}: sound, and not of the state that is taken",
                       found.id.location);
  return reason_for(found);
}

[[noreturn]] void demand(const char* field) {
  throw pdata::error(
      fmt::format("The following field needs to be provided on the command line due to corruption "
                  "in the superblock: {}",
                  field));
}

class accountant {
 public:
  accountant(const repair_request& input, const device_scan* device, const pool_view& view,
             const past_trees* past, const lineage_match& lineage, repair_plan& plan)
      : input_(input),
        device_(device),
        view_(view),
        past_(past),
        lineage_(lineage),
        plan_(plan),
        lost_before_(plan.lost_devices) {}

  void complete() {
    account_for_devices();
    list_leaves();
    if (refuse_wrong_mappings()) account_again();
    if (salvage()) {
      count_leaves_again();
      account_again();
    }
    describe_lost_devices();
    refuse_emptiness();
    close_account(input_, view_, plan_);
    rebuild_details();
    decide_superblock();
  }

 private:
  void account_for_devices();
  void account_again();
  bool salvage();
  recovered_device describe_device(device_id id, const forest_accounts& accounts);
  void list_lost_ranges(recovered_device& device);
  void describe_lost_devices();
  void refuse_emptiness() const;
  void list_leaves();
  std::vector<pdata::mapping> agreed_mappings() const;
  bool few_later_mappings() const;
  std::vector<pdata::data_block> contested_blocks();
  bool refuse_wrong_mappings();
  void count_leaves_again();
  void rebuild_details();
  bool details_from_past(recovered_device& device) const;
  void decide_superblock();

  const repair_request& input_;
  const device_scan* device_;  // none: the pool is whole
  const pool_view& view_;
  const past_trees* past_;
  const lineage_match& lineage_;
  repair_plan& plan_;
  std::vector<lost_device> lost_before_;
  std::vector<device_id> without_details_;
  listing_limits limits_;
};

void accountant::list_lost_ranges(recovered_device& device) {
  if (limits_.nr_ranges == 0) return;
  list_holes(*plan_.forest, device.root, limits_.nr_looks, [&](const hole& found) {
    device.lost.push_back({found.keys, reason_for(found, input_)});
    --limits_.nr_ranges;
    return limits_.nr_ranges != 0 && device.lost.size() < listing_limits::ranges_of_device;
  });
}

recovered_device accountant::describe_device(device_id id, const forest_accounts& accounts) {
  recovered_device device{.id = id, .root = view_.top.roots.at(id)};
  const auto account = accounts.of(device.root);
  const auto details = view_.details.devices.find(id);
  if (details != view_.details.devices.end()) {
    device.details = details->second;
    device.expected = details->second.mapped_blocks;
  } else {
    without_details_.push_back(id);
  }
  device.details.mapped_blocks = account.nr_mapped;
  device.nr_dropped = account.nr_dropped;
  device.nr_regained = account.nr_regained;
  device.nr_agreed = account.nr_agreed;
  device.nr_likely = account.nr_likely;
  // Where all mappings are there again, nothing was lost in the holes.
  if (account.nr_holes != 0 && device.expected != account.nr_mapped) {
    device.nr_lost_ranges = account.nr_holes;
    list_lost_ranges(device);
  }
  if (const auto guess = view_.guessed_trees.find(id); guess != view_.guessed_trees.end())
    device.guesses.push_back(guess->second);
  if (device.expected && *device.expected < account.nr_mapped)
    device.guesses.push_back(fmt::format("number of mapped blocks: {}, its details said {}",
                                         account.nr_mapped, *device.expected));
  // No node is damaged: one of its leaves is of another state.
  if (device.expected && *device.expected > account.nr_mapped && account.nr_holes == 0 &&
      account.nr_dropped == 0)
    device.guesses.push_back(
        fmt::format("its mappings: {}, its details said {}, and all of its nodes are sound",
                    account.nr_mapped, *device.expected));
  return device;
}

void accountant::account_for_devices() {
  forest_accounts accounts(*plan_.forest, *plan_.leaves);
  accounts.make(device_roots(view_.top));
  for (const auto& [id, root] : view_.top.roots) {
    auto device = describe_device(id, accounts);
    if (device.nr_kept() != 0 || (device.nr_lost_ranges == 0 && device.nr_dropped == 0)) {
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

void accountant::account_again() {
  plan_.lost_devices = lost_before_;
  plan_.devices.clear();
  without_details_.clear();
  limits_ = {};
  account_for_devices();
  list_leaves();
}

// Adds what is likely, as far as no device gets more mappings than its details say. True if
// anything was added.
bool accountant::salvage() {
  if (!input_.options.salvage || device_ == nullptr) return false;
  const auto gaps = count_gaps(input_, view_, plan_);
  const auto roots = device_roots(view_.top);
  const kept_part kept{roots, plan_.leaf_locations, *plan_.leaves,
                       latest_time(view_).value_or(UINT32_MAX)};
  if (fill_from_older_leaves(*device_, kept, gaps, *plan_.forest) == 0) return false;
  forest_accounts accounts(*plan_.forest, *plan_.leaves);
  accounts.make(roots);
  for (const auto& [id, root] : view_.top.roots) {
    const auto details = view_.details.devices.find(id);
    if (details == view_.details.devices.end()) continue;
    const auto account = accounts.of(root);
    if (account.nr_likely != 0 && account.nr_mapped > details->second.mapped_blocks)
      remove_likely(*plan_.forest, root);
  }
  return true;
}

void accountant::describe_lost_devices() {
  for (const auto& [id, details] : view_.details.devices)
    if (!view_.top.roots.contains(id))
      plan_.lost_devices.push_back(
          {id, details.mapped_blocks,
           view_.top.damaged()
               ? "the top level tree is damaged where it names its tree, and no tree "
                 "that is left is its own for certain"
               : "the top level tree does not name a tree for it"});
  std::ranges::sort(plan_.lost_devices, {}, &lost_device::id);
  if (view_.top.damaged() && view_.details.damaged() && !all_trees_named(view_, lineage_))
    plan_.losses.push_back(
        "Both the top level tree and the device details are damaged: devices may be missing that "
        "neither names.");
}

// Losing everything is no repair.
void accountant::refuse_emptiness() const {
  const bool any_mapping = std::ranges::any_of(
      plan_.devices, [](const recovered_device& d) { return d.nr_kept() != 0; });
  if (any_mapping) return;
  if (plan_.lost_devices.empty() && !view_.top.damaged() && !view_.details.damaged()) return;
  std::string text = fmt::format("no mapping of '{}' can be recovered:", input_.name);
  constexpr std::size_t named_max = 10;
  for (const auto& device : std::views::take(plan_.lost_devices, named_max))
    text += fmt::format(" device {} ({});", device.id, device.reason);
  if (plan_.lost_devices.size() > named_max)
    text += fmt::format(" and {} more;", plan_.lost_devices.size() - named_max);
  if (plan_.lost_devices.empty()) text += " the trees that name the devices are damaged;";
  throw nothing_recovered(text + " see --list-roots");
}

// The leaves that the devices keep, and what they hold. Leaves that were read
// and not used must not count.
void accountant::list_leaves() {
  std::vector<metadata_block> roots;
  for (const auto& device : plan_.devices) roots.push_back(device.root);
  auto kept = find_kept_leaves(*plan_.forest, roots);
  plan_.leaf_locations = std::move(kept.locations);
  plan_.agreed_leaves = std::move(kept.agreed);
  if (kept.nr_read != plan_.leaf_locations.size()) count_leaves_again();
  for (const auto leaf : plan_.agreed_leaves)
    plan_.leaves->count(plan_.entries_of(leaf, input_.reader.device()));
}

// Where a few mappings are younger than the pool, they are wrong; where many are, its time is.
bool accountant::few_later_mappings() const {
  constexpr std::uint64_t others_for_each = 100;
  const auto nr_later = plan_.leaves->nr_later();
  return nr_later != 0 && nr_later <= plan_.leaves->nr_mappings() / others_for_each;
}

// What is mapped more often than a sound data space map counts is mapped wrongly by some leaf,
// and which one it is nobody knows. A device with another number of mappings than its details
// say has a leaf that is not its own, an older one mostly: then what the map calls free is believed
// even where it contradicts itself otherwise.
std::vector<pdata::data_block> accountant::contested_blocks() {
  const bool suspicious = std::ranges::any_of(plan_.devices, [](const recovered_device& d) {
    return d.expected && *d.expected != d.nr_kept();
  });
  // Whole trees are asked once, when the account is closed.
  if (device_ == nullptr && !suspicious) return {};
  auto blocks = contested_data_blocks(input_, view_, plan_, contested::counted_too_low);
  if (blocks.empty() && suspicious)
    blocks = contested_data_blocks(input_, view_, plan_, contested::free);
  return blocks;
}

// Leaves that subtrees agree about were put together and counted: they keep what they have. In
// the order of data blocks.
std::vector<pdata::mapping> accountant::agreed_mappings() const {
  std::vector<pdata::mapping> found;
  for (const auto leaf : plan_.agreed_leaves) {
    const auto entries = plan_.entries_of(leaf, input_.reader.device());
    for (std::size_t i = 0; i < entries.size(); ++i)
      found.push_back(pdata::unpack_mapping(entries.value_u64(i)));
  }
  std::ranges::sort(found, {}, &pdata::mapping::block);
  return found;
}

// True if mappings were found that cannot be true, and are left out now.
bool accountant::refuse_wrong_mappings() {
  const auto agreed = agreed_mappings();
  const bool few_later =
      few_later_mappings() && std::ranges::none_of(agreed, [this](const pdata::mapping& each) {
        return each.time > *latest_time(view_);
      });
  auto blocks = contested_blocks();
  std::erase_if(blocks, [&](pdata::data_block block) {
    return std::ranges::binary_search(agreed, block, {}, &pdata::mapping::block);
  });
  if (!few_later && blocks.empty()) return false;
  if (few_later)
    plan_.notes.push_back(fmt::format("{} mapping(s) are younger than the pool: they are left out.",
                                      plan_.leaves->nr_later()));
  plan_.leaves =
      std::make_unique<leaf_census>(view_.nr_data_blocks_max, input_.reader.nr_workers());
  if (few_later) plan_.leaves->refuse_times_after(*latest_time(view_));
  for (const auto block : blocks) plan_.leaves->refuse(block);
  plan_.leaves->count(input_.reader, plan_.leaf_locations);
  if (!blocks.empty())
    plan_.notes.push_back(
        fmt::format("{} data block(s) are mapped more often than the data space map counts, or are "
                    "free: mappings to them are left out.",
                    blocks.size()));
  return true;
}

void accountant::count_leaves_again() {
  auto again = std::make_unique<leaf_census>(view_.nr_data_blocks_max, input_.reader.nr_workers());
  again->refuse_as(*plan_.leaves);
  if (const auto latest = latest_time(view_)) again->expect_times_to(*latest);
  plan_.leaves = std::move(again);
  plan_.leaves->count(input_.reader, plan_.leaf_locations);
}

// Times are set so that every block counts as shared: at worst it is copied
// once more. Creation time and transaction stand in older copies, if there are.
void accountant::rebuild_details() {
  auto& pool = plan_.superblock;
  std::uint32_t newest = plan_.leaves->newest_time();
  for (const auto& [id, details] : view_.details.devices)
    newest = std::max({newest, details.creation_time, details.snapshotted_time});
  pool.time = view_.roots.superblock ? std::max(view_.roots.superblock->time, newest) : newest;
  if (without_details_.empty()) return;
  if (view_.details.damaged() || !view_.roots.details_root)
    plan_.notes.push_back(
        fmt::format("found {} mapping tree(s) without device details", without_details_.size()));
  const bool past_known = past_ != nullptr && view_.roots.superblock;
  if (!past_known) pool.time = std::max(pool.time, newest + 1);
  for (auto& device : plan_.devices) {
    if (!std::ranges::binary_search(without_details_, device.id)) continue;
    if (past_known && details_from_past(device)) continue;
    device.details.creation_time = pool.time;
    device.details.snapshotted_time = pool.time;
    device.details.transaction_id =
        view_.roots.superblock ? view_.roots.superblock->transaction_id : 0;
    device.guesses.push_back(fmt::format(
        "its details: creation and snapshot time {}, transaction {}; the mapped blocks were "
        "counted",
        pool.time, device.details.transaction_id));
  }
}

void accountant::decide_superblock() {
  auto& pool = plan_.superblock;
  const auto& own = view_.roots.superblock;
  const auto& any = view_.roots.any_superblock;
  // A device carries the pool's transaction id of its creation.
  std::uint64_t newest = 0;
  for (const auto& device : plan_.devices) newest = std::max(newest, device.details.transaction_id);
  if (own) {
    pool.transaction_id = own->transaction_id;
    if (newest > own->transaction_id) {
      pool.transaction_id = newest + 1;
      plan_.guesses.push_back(
          fmt::format("transaction id {}: the superblock says {}, and a device was created at {}",
                      newest + 1, own->transaction_id, newest));
    }
    pool.flags = own->flags;
    if (own->version == 1) pool.version = 1;  // anything else but 2 was never written
  } else {
    // LVM2 raises it by one behind each device that it makes.
    pool.transaction_id = newest + (plan_.devices.empty() ? 0 : 1);
    plan_.transaction_guessed = true;
  }
  if (input_.options.transaction_id) {
    pool.transaction_id = *input_.options.transaction_id;
    plan_.transaction_guessed = false;
  }
  if (input_.options.data_block_size)
    pool.data_block_size = static_cast<std::uint32_t>(*input_.options.data_block_size);
  else if (any && pdata::valid_data_block_size(any->data_block_size))
    pool.data_block_size = any->data_block_size;
  else
    demand("data block size");
  const auto needed = plan_.leaves->highest_end();
  pool.nr_data_blocks = own ? std::max(own->data_space_map.nr_blocks, needed) : needed;
  if (input_.options.nr_data_blocks) pool.nr_data_blocks = *input_.options.nr_data_blocks;
  if (pool.nr_data_blocks < needed)
    throw pdata::error(fmt::format("data block {} is mapped, but --nr-data-blocks says {}",
                                   needed - 1, pool.nr_data_blocks));
}

// A device that was not there was created by the last commit; what a snapshot that
// the last commit may have made would have changed is set as if it were so.
bool accountant::details_from_past(recovered_device& device) const {
  const auto known = past_->state().details.devices.find(device.id);
  if (known == past_->state().details.devices.end()) return false;
  const auto time = plan_.superblock.time;
  const auto mapped_blocks = device.details.mapped_blocks;
  device.details = known->second;
  device.details.mapped_blocks = mapped_blocks;
  if (snapshot_possible(view_.roots, *past_))
    device.details.snapshotted_time = std::max(device.details.snapshotted_time, time);
  device.guesses.push_back(fmt::format(
      "its details: creation time {} and transaction {} as before the last commit, snapshot time "
      "{}; the mapped blocks were counted",
      device.details.creation_time, device.details.transaction_id,
      device.details.snapshotted_time));
  return true;
}

// Only a root is an empty leaf: see tree_assembler.h.
void drop_emptied_leaves(repair_plan& plan) {
  if (plan.leaves->all_possible()) return;
  std::unordered_set<metadata_block> roots;
  for (const auto& device : plan.devices) roots.insert(device.root);
  const auto& graph = plan.forest->graph();
  std::erase_if(plan.leaf_locations, [&](metadata_block location) {
    const auto leaf = graph.find(location);
    return leaf && plan.leaves->is_emptied(location, graph.node(*leaf).nr_entries) &&
           !roots.contains(location);
  });
}

}  // namespace

void account_for_nameless(const pool_view& view, const past_trees* past,
                          const lineage_match& lineage, mapping_forest& forest,
                          const std::vector<orphan>& orphans, repair_plan& plan) {
  if (past != nullptr && view.details.damaged()) {
    for (const auto id : ids_without_trees(view, past))
      if (std::ranges::count(lineage.deleted, id) == 0)
        plan.lost_devices.push_back(
            {id, std::nullopt,
             fmt::format(
                 "it was there before the last commit (--mapping-root {} --details-root {}), "
                 "and which of the trees that are left is its own is not certain",
                 past->state().roots.mapping_root, past->state().roots.details_root)});
  }
  if (all_trees_named(view, lineage)) return;
  for (const auto& tree : unclaimed(forest, view, orphans)) {
    const auto root = forest.graph().node(tree.root).location;
    plan.losses.push_back(
        fmt::format("the tree in block {} with {} mappings: the name of its device is not known{}",
                    root, forest.below(tree.root).nr_values,
                    past != nullptr && !past->live(root) ? ", the last commit made it" : ""));
  }
}

void complete_plan(const repair_request& input, const device_scan* device, const pool_view& view,
                   pool_forest forest, const past_trees* past, const lineage_match& lineage,
                   repair_plan& plan) {
  plan.forest = std::move(forest.trees);
  plan.leaves = std::move(forest.leaves);
  const auto& roots = view.roots;
  if (!roots.snapshot_mapping_roots.empty() || roots.snapshot_lost)
    plan.notes.push_back("The held metadata snapshot is not kept: the result has none.");
  accountant(input, device, view, past, lineage, plan).complete();
  drop_emptied_leaves(plan);
  if ((plan.superblock.flags & pdata::flag_needs_check) != 0)
    plan.notes.push_back(
        "needs_check was set: the result has exact counts, and is without the flag.");
}

}  // namespace thin_tools
