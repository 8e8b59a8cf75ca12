#include "thin-tools/repair/scan/census.h"

#include <algorithm>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/format/mapping_value.h"

namespace thin_tools {

using pdata::metadata_block;

reference_census::reference_census(const pdata::block_scan& scan, const node_children& children,
                                   const pdata::stored_counts& counts)
    : counts_(counts), refs_(pdata::to_size(scan.nr_blocks())) {
  children.for_each_node([&](metadata_block node, std::span<const metadata_block> named) {
    if (counts.live(node))
      for (const auto child : named) add(child);
  });
}

std::uint32_t reference_census::missing(metadata_block block) const {
  if (block >= refs_.size()) return 0;
  const auto counted = counts_.get(block);
  return counted && *counted > refs(block) ? *counted - refs(block) : 0;
}

std::uint64_t reference_census::contradictions() const {
  std::uint64_t found = 0;
  for (metadata_block b = 0; b < refs_.size(); ++b) {
    if (refs(b) == 0) continue;
    const auto counted = counts_.get(b);
    if (counted && refs(b) > *counted) ++found;
  }
  return found;
}

bool leaf_census::possible(std::uint64_t value) const {
  const auto [block, time] = pdata::unpack_mapping(value);
  return block < nr_data_blocks_ && time <= latest_ &&
         (refused_.empty() || !refused_.contains(block));
}

void leaf_census::see(extremes& seen, const pdata::mapping& mapping,
                      std::uint32_t expected_latest) {
  seen.end = std::max<std::uint64_t>(seen.end, mapping.block + 1);
  seen.time = std::max(seen.time, mapping.time);
  ++seen.nr_mappings;
  seen.nr_later += mapping.time > expected_latest;
}

pdata::entry_list leaf_census::possible_entries(const pdata::node_view& leaf) const {
  pdata::entry_list entries(leaf.value_size());
  for (std::uint32_t i = 0; i < leaf.nr_entries(); ++i)
    if (possible(leaf.value_u64(i))) entries.add(leaf.key(i), leaf.value(i));
  return entries;
}

void leaf_census::count(const pdata::entry_list& leaf) {
  for (std::size_t i = 0; i < leaf.size(); ++i) {
    const auto mapping = pdata::unpack_mapping(leaf.value_u64(i));
    counts_.add_alone(mapping.block, 1);
    see(workers_.front(), mapping, expected_latest_);
  }
}

void leaf_census::count(unsigned worker, pdata::metadata_block location,
                        const pdata::node_view& leaf) {
  auto& mine = workers_[worker];
  if (!mine.put_aside) mine.put_aside = std::make_unique<buffers>(nr_data_blocks_);
  std::uint32_t nr_bad = 0;
  for (std::uint32_t i = 0; i < leaf.nr_entries(); ++i) {
    const auto value = leaf.value_u64(i);
    if (!possible(value)) {
      ++nr_bad;
      continue;
    }
    const auto mapping = pdata::unpack_mapping(value);
    mine.put_aside->add(mapping.block, pdata::place_in_region(mapping.block), counting());
    see(mine, mapping, expected_latest_);
  }
  if (nr_bad == 0) return;
  const std::lock_guard lock(mutex_);
  impossible_[location] = nr_bad;
}

void leaf_census::finish() {
  for (auto& worker : workers_) {
    if (worker.put_aside) worker.put_aside->finish(counting());
    worker.put_aside.reset();
  }
}

std::uint64_t leaf_census::highest_end() const {
  return std::ranges::max_element(workers_, {}, &extremes::end)->end;
}

std::uint64_t leaf_census::nr_later() const {
  std::uint64_t sum = 0;
  for (const auto& seen : workers_) sum += seen.nr_later;
  return sum;
}

void leaf_census::count(pdata::batch_reader& reader, std::span<const metadata_block> leaves) {
  reader.read(leaves, [this](const pdata::read_block& block) {
    if (!block.outcome.ok()) return;
    const auto outcome = pdata::node_view::parse(block.bytes);
    if (const auto* leaf = std::get_if<pdata::node_view>(&outcome))
      count(block.worker, block.location, *leaf);
  });
  finish();
}

std::uint64_t leaf_census::nr_mappings() const {
  std::uint64_t sum = 0;
  for (const auto& seen : workers_) sum += seen.nr_mappings;
  return sum;
}

std::uint32_t leaf_census::newest_time() const {
  return std::ranges::max_element(workers_, {}, &extremes::time)->time;
}

std::uint32_t leaf_census::nr_impossible(pdata::metadata_block leaf) const {
  const auto found = impossible_.find(leaf);
  return found != impossible_.end() ? found->second : 0;
}

reference_census take_census(const repair_request& input, const device_scan& device,
                             const chosen_roots& roots) {
  reference_census census(device.scan, device.children, roots.counts);
  if (roots.mapping_root) census.add(*roots.mapping_root);
  if (roots.details_root) census.add(*roots.details_root);
  for (const auto root : roots.snapshot_mapping_roots) census.add(root);
  for (const auto root : roots.snapshot_details_roots) census.add(root);
  auto tops = roots.snapshot_mapping_roots;
  if (roots.mapping_root) tops.push_back(*roots.mapping_root);
  for (const auto root : trees_named_by(input.reader, tops, input.nr_blocks)) census.add(root);
  return census;
}

}  // namespace thin_tools
