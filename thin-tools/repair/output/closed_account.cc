#include "thin-tools/repair/output/closed_account.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "persistent-data/base/sort_unique.h"
#include "persistent-data/format/damage_sinks.h"
#include "persistent-data/space-map/space_map_reader.h"
#include "thin-tools/repair/placement/fill_holes.h"
#include "thin-tools/repair/trees/device_trees.h"

namespace thin_tools {

namespace {

constexpr std::uint64_t refused_max = std::uint64_t{1} << 20;

struct comparison {
  bool complete = false;
  std::uint64_t nr_too_high = 0;  // data blocks that are counted more often than mapped
  std::uint64_t nr_too_low = 0;
  std::vector<pdata::count_difference> runs;
};

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
  input.reader.read(wanted, [&](const pdata::read_block& block) {
    if (!block.outcome.ok()) return;
    const auto outcome = pdata::node_view::parse(block.bytes);
    if (const auto* leaf = std::get_if<pdata::node_view>(&outcome))
      counted.count(block.worker, block.location, *leaf);
  });
}

std::optional<comparison> compare_data_counts(const repair_request& input, const pool_view& view,
                                              const repair_plan& plan) {
  const auto& roots = view.roots;
  if (!roots.data_map) return std::nullopt;
  const auto limit = input.nr_blocks * pdata::entries_per_bitmap;
  pdata::space_map_reader map(input.reader, pdata::space_map_kind::data, *roots.data_map,
                              std::min(roots.data_map->nr_blocks, limit), input.nr_blocks);
  pdata::ref_counts ignored(input.nr_blocks);
  pdata::silent_sink sink;
  map.open(ignored, sink);
  pdata::count_differences differences;
  comparison result;
  if (roots.snapshot_mapping_roots.empty()) {
    result.complete = map.compare(plan.leaves->counts(), differences, sink).complete;
  } else {
    leaf_census counted(view.nr_data_blocks_max, input.reader.nr_workers());
    add_snapshot_leaves(input, view, plan, counted);
    result.complete = map.compare(counted.counts(), differences, sink).complete;
  }
  result.nr_too_high = differences.blocks_too_high();
  result.nr_too_low = differences.blocks_too_low();
  result.runs = differences.runs();
  return result;
}

}  // namespace

std::vector<pdata::count_difference> count_gaps(const repair_request& input, const pool_view& view,
                                                const repair_plan& plan) {
  auto compared = compare_data_counts(input, view, plan);
  if (!compared) return {};
  return std::move(compared->runs);
}

std::vector<pdata::data_block> free_but_mapped(const repair_request& input, const pool_view& view,
                                               repair_plan& plan) {
  std::vector<pdata::data_block> found;
  const auto compared = compare_data_counts(input, view, plan);
  if (!compared || !compared->complete) return found;
  for (const auto& run : compared->runs)
    for (auto b = run.begin; run.stored == 0 && b < run.end && found.size() < refused_max; ++b)
      found.push_back(b);
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
  const auto compared = compare_data_counts(input, view, plan);
  if (!compared || !compared->complete)
    unproven.push_back("the data space map cannot be read as a whole");
  if (!compared) return;
  if (compared->nr_too_high != 0) {
    const auto text = fmt::format(
        "{} data block(s) are in use by the data space map more often than they are mapped",
        compared->nr_too_high);
    if (plan.lost_something())
      plan.notes.push_back(text + ".");
    else if (view.roots.snapshot_lost)
      unproven.push_back(text + ": the held metadata snapshot, which cannot be read, may map them");
    else
      unproven.push_back(text + ": leaks of a crash, or mappings that were lost");
  }
  if (compared->nr_too_low != 0)
    unproven.push_back(
        fmt::format("{} data block(s) are mapped more often than the data space map counts: a "
                    "mapping to each of them is wrong, or the map is",
                    compared->nr_too_low));
}

}  // namespace thin_tools
