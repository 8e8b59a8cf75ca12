#include "thin-tools/repair/output/closed_account.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "persistent-data/base/sort_unique.h"
#include "thin-tools/repair/placement/fill_holes.h"
#include "thin-tools/repair/scan/data_counts.h"
#include "thin-tools/repair/trees/device_trees.h"

namespace thin_tools {

namespace {

constexpr std::uint64_t refused_max = std::uint64_t{1} << 20;
// Where more is contested than one in so many the map is of another state.
constexpr std::uint64_t mappings_for_contested = 10;

// Leaves that only the held metadata snapshot has are counted, too.
void add_snapshot_leaves(const repair_request& input, const pool_view& view,
                         const repair_plan& plan, leaf_census& counted) {
  auto held = view;
  held.top = {};
  const auto trees = read_snapshot_trees(input, view.roots);
  const auto forest = read_forest(input, held, trees.roots);
  const auto leaves = find_kept_leaves(*forest.trees, forest.roots);
  auto wanted = plan.leaf_locations;
  wanted.insert(wanted.end(), leaves.locations.begin(), leaves.locations.end());
  pdata::sort_unique(wanted);
  counted.count(input.reader, wanted);
}

std::optional<data_comparison> compare_with_map(const repair_request& input, const pool_view& view,
                                                const repair_plan& plan) {
  const auto& roots = view.roots;
  if (!roots.data_map) return std::nullopt;
  if (roots.snapshot_mapping_roots.empty())
    return compare_data_counts(input, *roots.data_map, plan.leaves->counts());
  leaf_census counted(view.nr_data_blocks_max, input.reader.nr_workers());
  add_snapshot_leaves(input, view, plan, counted);
  return compare_data_counts(input, *roots.data_map, counted.counts());
}

// Mappings that are missing by the details of all devices; none: a device's are not known.
std::optional<std::uint64_t> nr_missing(const repair_plan& plan) {
  std::uint64_t sum = 0;
  for (const auto& device : plan.devices) {
    if (!device.expected) return std::nullopt;
    sum += device.nr_missing();
  }
  for (const auto& device : plan.lost_devices) {
    if (!device.expected) return std::nullopt;
    sum += *device.expected;
  }
  return plan.losses.empty() ? std::optional(sum) : std::nullopt;
}

// Data blocks that are in use and that nothing maps. More of them than mappings are missing: a leaf
// and the details may both be older ones, as where writes were lost, and then agree.
void account_for_unmapped(const data_comparison& compared, const pool_view& view,
                          repair_plan& plan) {
  if (compared.nr_too_high == 0) return;
  const auto missing = nr_missing(plan);
  if (missing && *missing < compared.nr_too_high && compared.sound() && !view.roots.snapshot_lost)
    plan.guesses.push_back(
        "that every leaf is of the state that is taken: more data blocks are in use than are "
        "mapped or missing, as where writes were lost");
  const auto text = fmt::format(
      "{} data block(s) are in use by the data space map more often than they are mapped",
      compared.nr_too_high);
  if (plan.lost_something())
    plan.notes.push_back(text + ".");
  else if (view.roots.snapshot_lost)
    plan.unproven.push_back(text +
                            ": the held metadata snapshot, which cannot be read, may map them");
  else
    plan.unproven.push_back(text + ": leaks of a crash, or mappings that were lost");
}

}  // namespace

std::vector<pdata::count_difference> count_gaps(const repair_request& input, const pool_view& view,
                                                const repair_plan& plan) {
  auto compared = compare_with_map(input, view, plan);
  if (!compared) return {};
  return std::move(compared->runs);
}

std::vector<pdata::data_block> contested_data_blocks(const repair_request& input,
                                                     const pool_view& view, const repair_plan& plan,
                                                     contested which) {
  std::vector<pdata::data_block> found;
  const auto compared = compare_with_map(input, view, plan);
  if (!compared || !compared->complete) return found;
  if (which == contested::counted_too_low && !compared->sound()) return found;
  const bool free_only = which == contested::free ||
                         compared->nr_too_low > plan.leaves->nr_mappings() / mappings_for_contested;
  for (const auto& run : compared->runs) {
    if (run.too_high() || (free_only && run.stored != 0)) continue;
    for (auto b = run.begin; b < run.end && found.size() < refused_max; ++b) found.push_back(b);
  }
  return found;
}

void close_account(const repair_request& input, const pool_view& view, repair_plan& plan) {
  auto& unproven = plan.unproven;
  unproven.insert(unproven.end(), view.roots.unproven.begin(), view.roots.unproven.end());
  if (!plan.guesses.empty()) unproven.push_back("what was taken for the pool's is guessed");
  if (view.top.damaged() || view.details.damaged())
    unproven.push_back("trees that name the devices are damaged");
  for (const auto& device : plan.devices) {
    if (!device.expected)
      unproven.push_back(
          fmt::format("device {}: how many mappings it had is not known", device.id));
    else if (*device.expected < device.nr_kept())
      unproven.push_back(fmt::format("device {}: more mappings than its details say", device.id));
  }
  if (const auto nr_likely = plan.grades().nr_likely; nr_likely != 0)
    unproven.push_back(fmt::format("{} mappings are likely, not sure", nr_likely));
  const auto compared = compare_with_map(input, view, plan);
  if (!view.roots.data_map)
    unproven.push_back(
        "which data space map belongs to the trees that are taken is not known: none was compared");
  else if (!compared || !compared->complete)
    unproven.push_back("the data space map cannot be read as a whole");
  else if (!compared->consistent)
    unproven.push_back(
        "the data space map contradicts itself or the superblock: they may be of two states");
  if (!compared) return;
  account_for_unmapped(*compared, view, plan);
  plan.contradicted = compared->nr_too_low != 0;
  if (!plan.contradicted) return;
  unproven.push_back(
      fmt::format("{} data block(s) are mapped more often than the data space map counts: a "
                  "mapping to each of them is wrong, or the map is",
                  compared->nr_too_low));
  plan.guesses.push_back("which of the mappings to these data blocks are right");
}

}  // namespace thin_tools
