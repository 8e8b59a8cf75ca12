#include "thin-tools/ls/usage.h"

#include <algorithm>
#include <memory>
#include <span>

#include "persistent-data/format/mapping_value.h"
#include "persistent-data/space-map/sole_owners.h"
#include "persistent-data/survey/owned_leaves.h"
#include "persistent-data/survey/small_trees.h"

namespace thin_tools {

using namespace pdata;

namespace {

// A block that turns out to be shared is taken from its first owner again, so that only
// the sums over all workers count.
class exclusive_counter {
 public:
  virtual ~exclusive_counter() = default;
  virtual void count(const owned_leaf& leaf) = 0;
  // When all leaves were counted. By owner.
  virtual std::vector<std::uint64_t> exclusive() = 0;
};

// The fewer owners there are, the less has to be kept of a block.
template <class Number>
class counter_with : public exclusive_counter {
 public:
  counter_with(const owned_leaves& forest, std::uint64_t nr_data_blocks, unsigned nr_workers)
      : forest_(forest), owners_(nr_data_blocks) {
    for (unsigned i = 0; i < nr_workers; ++i)
      workers_.push_back({std::vector<std::int64_t>(forest.devices().size()),
                          typename owners::buffers(nr_data_blocks)});
  }

  void count(const owned_leaf& leaf) override {
    const owner_set& set = forest_.owners(leaf.owners);
    // Owners are counted from 1 here: 0 is nobody.
    const auto owner =
        set.size == 1 ? static_cast<Number>(set.ranges.front().begin + 1) : owners::several;
    worker& mine = workers_[leaf.worker];
    for (std::uint32_t i = 0; i < leaf.node.nr_entries(); ++i) {
      const data_block block = unpack_mapping(leaf.node.value_u64(i)).block;
      if (block >= owners_.nr_blocks()) continue;  // for thin_check to report
      mine.claims.add(block, {place_in_region(block), owner}, taking(mine));
    }
  }

  std::vector<std::uint64_t> exclusive() override {
    std::vector<std::int64_t> sums(forest_.devices().size());
    for (auto& mine : workers_) mine.claims.finish(taking(mine));
    for (const auto& mine : workers_)
      for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += mine.counts[i];
    return {sums.begin(), sums.end()};
  }

 private:
  using owners = sole_owners<Number>;
  struct worker {
    std::vector<std::int64_t> counts;  // by owner
    typename owners::buffers claims;
  };

  auto taking(worker& mine) {
    return [this, &mine](std::uint64_t first, std::span<const typename owners::claim> claims) {
      owners_.take(
          first, claims, [&mine](Number owner) { ++mine.counts[owner - 1U]; },
          [&mine](Number owner) { --mine.counts[owner - 1U]; });
    };
  }

  const owned_leaves& forest_;
  owners owners_;
  std::vector<worker> workers_;
};

std::unique_ptr<exclusive_counter> make_counter(const owned_leaves& forest,
                                                std::uint64_t nr_data_blocks, unsigned nr_workers) {
  const auto nr_owners = forest.devices().size();
  if (nr_owners < UINT8_MAX)
    return std::make_unique<counter_with<std::uint8_t>>(forest, nr_data_blocks, nr_workers);
  if (nr_owners < UINT16_MAX)
    return std::make_unique<counter_with<std::uint16_t>>(forest, nr_data_blocks, nr_workers);
  return std::make_unique<counter_with<std::uint32_t>>(forest, nr_data_blocks, nr_workers);
}

// Requires the devices in ascending order. One that is damaged makes the counts
// of all unsure: any of them may share with it.
bool add_mappings(batch_reader& reader, const pool_layout& layout,
                  std::vector<device_usage>& devices, damage_sink& sink) {
  const auto table = read_top_level(reader, layout, sink);
  owned_leaves forest(reader, layout, table.roots);
  const auto counter = make_counter(forest, layout.nr_data_blocks, reader.nr_workers());
  const bool good = forest.read_leaves([&](const owned_leaf& leaf) { counter->count(leaf); }, sink);
  if (!good || table.damaged()) return false;

  const auto highest = forest.highest_mapped();
  const auto exclusive_of = counter->exclusive();
  for (auto& row : devices) {
    const auto found = std::ranges::lower_bound(forest.devices(), row.device);
    std::uint64_t exclusive = 0;
    if (found != forest.devices().end() && *found == row.device) {
      const auto owner = static_cast<std::size_t>(found - forest.devices().begin());
      exclusive = exclusive_of[owner];
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
