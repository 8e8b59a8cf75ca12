#include "thin-tools/repair/evidence/leaf_census.h"

#include <algorithm>

#include "persistent-data/format/mapping_value.h"

namespace thin_tools {

bool leaf_census::possible(std::uint64_t value) const {
  return pdata::unpack_mapping(value).block < nr_data_blocks_;
}

void leaf_census::add(unsigned worker, std::uint64_t value) {
  auto& seen = workers_[worker];
  const auto mapping = pdata::unpack_mapping(value);
  counts_.increment(mapping.block);
  seen.end = std::max(seen.end, mapping.block + 1);
  seen.time = std::max(seen.time, mapping.time);
}

pdata::entry_list leaf_census::possible_entries(const pdata::node_view& leaf) const {
  pdata::entry_list entries(leaf.value_size());
  for (std::uint32_t i = 0; i < leaf.nr_entries(); ++i)
    if (possible(leaf.value_u64(i))) entries.add(leaf.key(i), leaf.value(i));
  return entries;
}

void leaf_census::count(const pdata::entry_list& leaf) {
  for (std::size_t i = 0; i < leaf.size(); ++i) add(0, leaf.value_u64(i));
}

void leaf_census::count(unsigned worker, pdata::metadata_block location,
                        const pdata::node_view& leaf) {
  std::uint32_t nr_bad = 0;
  for (std::uint32_t i = 0; i < leaf.nr_entries(); ++i) {
    const auto value = leaf.value_u64(i);
    if (possible(value))
      add(worker, value);
    else
      ++nr_bad;
  }
  if (nr_bad == 0) return;
  const std::lock_guard lock(mutex_);
  impossible_[location] = nr_bad;
}

std::uint64_t leaf_census::highest_end() const {
  return std::ranges::max_element(workers_, {}, &extremes::end)->end;
}

std::uint32_t leaf_census::newest_time() const {
  return std::ranges::max_element(workers_, {}, &extremes::time)->time;
}

std::uint32_t leaf_census::nr_impossible(pdata::metadata_block leaf) const {
  const auto found = impossible_.find(leaf);
  return found != impossible_.end() ? found->second : 0;
}

}  // namespace thin_tools
