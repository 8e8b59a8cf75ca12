#include "thin-tools/ls/usage.h"

#include <algorithm>

#include "persistent-data/format/mapping_value.h"
#include "persistent-data/space-map/sole_owners.h"
#include "persistent-data/survey/owned_leaves.h"
#include "persistent-data/survey/small_trees.h"

namespace thin_tools {

using namespace pdata;

namespace {

// Counts of one worker, by owner. A block that turns out to be shared is taken
// from its first owner again, so that only the sums over all workers count.
using exclusive_counts = std::vector<std::int64_t>;

class exclusive_counter {
 public:
  exclusive_counter(const owned_leaves& forest, std::uint64_t nr_data_blocks, unsigned nr_workers)
      : forest_(forest),
        owners_(nr_data_blocks),
        counts_(nr_workers, exclusive_counts(forest.devices().size())) {}

  void count(const owned_leaf& leaf) {
    auto& counts = counts_[leaf.worker];
    const owner_set& owners = forest_.owners(leaf.owners);
    const std::uint32_t sole = owners.size == 1 ? owners.ranges.front().first : 0;
    const auto block_at = [&](std::uint32_t i) {
      return unpack_mapping(leaf.node.value_u64(i)).block;
    };
    const std::uint32_t nr_entries = leaf.node.nr_entries();
    for (std::uint32_t i = 0; i < nr_entries; ++i) {
      if (i + claimed_ahead < nr_entries) owners_.prefetch(block_at(i + claimed_ahead));
      const data_block block = block_at(i);
      if (block >= owners_.nr_blocks()) continue;  // for thin_check to report
      // Owners are counted from 1 here: 0 is nobody.
      const auto before =
          owners.size == 1 ? owners_.claim(block, sole + 1) : owners_.claim_for_several(block);
      if (owners.size == 1 && before == sole_owners::nobody) ++counts[sole];
      if (owners.size == 1 && before == sole + 1) continue;  // one device maps it twice
      if (before != sole_owners::nobody && before != sole_owners::several) --counts[before - 1];
    }
  }

  std::uint64_t exclusive(std::size_t owner) const {
    std::int64_t sum = 0;
    for (const auto& counts : counts_) sum += counts[owner];
    return static_cast<std::uint64_t>(sum);
  }

 private:
  static constexpr std::uint32_t claimed_ahead = 16;

  const owned_leaves& forest_;
  sole_owners owners_;
  std::vector<exclusive_counts> counts_;
};

// Requires the devices in ascending order. One that is damaged makes the counts
// of all unsure: any of them may share with it.
bool add_mappings(batch_reader& reader, const pool_layout& layout,
                  std::vector<device_usage>& devices, damage_sink& sink) {
  const auto table = read_top_level(reader, layout, sink);
  owned_leaves forest(reader, layout, table.roots);
  exclusive_counter counter(forest, layout.nr_data_blocks, reader.nr_workers());
  const bool good = forest.read_leaves([&](const owned_leaf& leaf) { counter.count(leaf); }, sink);
  if (!good || table.damaged()) return false;

  const auto highest = forest.highest_mapped();
  for (auto& row : devices) {
    const auto found = std::ranges::lower_bound(forest.devices(), row.device);
    std::uint64_t exclusive = 0;
    if (found != forest.devices().end() && *found == row.device) {
      const auto owner = static_cast<std::size_t>(found - forest.devices().begin());
      exclusive = counter.exclusive(owner);
      row.highest_block = highest[owner];
    }
    row.exclusive_blocks = exclusive;
    row.shared_blocks = row.details.mapped_blocks - std::min(row.details.mapped_blocks, exclusive);
  }
  return true;
}

}  // namespace

pool_usage find_usage(batch_reader& reader, const pool_layout& layout, usage_depth depth,
                      damage_sink& sink) {
  const auto table = read_details(reader, layout, sink);
  pool_usage usage{.devices = {}, .damaged = table.damaged()};
  for (const auto& [device, details] : table.devices)
    usage.devices.push_back({.device = device, .details = details});
  if (depth == usage_depth::mappings && !add_mappings(reader, layout, usage.devices, sink))
    usage.damaged = true;
  return usage;
}

}  // namespace thin_tools
