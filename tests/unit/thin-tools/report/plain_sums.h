// The numbers of a report counted mapping by mapping.
#pragma once

#include <algorithm>
#include <bit>
#include <map>
#include <set>
#include <vector>

#include "persistent-data/format/mapping_value.h"
#include "persistent-data/stream/mapping_runs.h"
#include "thin-tools/report/pool_picture.h"

namespace test_support {

using mapping_table = std::map<pdata::thin_block, pdata::mapping>;
using mapping_tables = std::map<pdata::device_id, mapping_table>;

struct table_collector : pdata::metadata_sink {
  void begin_superblock(const pdata::stream_superblock&) override {}
  void end_superblock() override {}
  void begin_def(const std::string&) override {}
  void end_def() override {}
  void begin_device(pdata::device_id device, const pdata::device_details&) override {
    table = &tables[device];
  }
  void end_device() override {}
  void run(const pdata::mapping_run& run) override {
    for (std::uint64_t i = 0; i < run.length; ++i)
      (*table)[run.begin + i] = {run.data_begin + i, run.time};
  }
  void ref(const std::string&) override {}

  mapping_tables tables;
  mapping_table* table = nullptr;
};

inline thin_tools::report::layout_facts plain_layout(const mapping_table& table) {
  std::vector<std::uint64_t> runs;
  thin_tools::report::layout_facts found;
  const std::pair<const pdata::thin_block, pdata::mapping>* last = nullptr;
  for (const auto& entry : table) {
    const bool adjacent = last != nullptr && entry.first == last->first + 1;
    const bool sequential = adjacent && entry.second.block == last->second.block + 1;
    found.adjacent_pairs += adjacent;
    found.sequential_pairs += sequential;
    if (sequential)
      ++runs.back();
    else
      runs.push_back(1);
    last = &entry;
  }
  found.runs = runs.size();
  for (const auto run : runs) {
    found.longest_run = std::max(found.longest_run, run);
    const auto bucket = static_cast<std::size_t>(std::bit_width(run)) - 1;
    found.by_length.resize(std::max(found.by_length.size(), bucket + 1));
    ++found.by_length[bucket].runs;
    found.by_length[bucket].blocks += run;
  }
  return found;
}

inline std::map<pdata::data_block, std::set<pdata::device_id>> users_of(
    const mapping_tables& tables, std::uint64_t nr_data_blocks) {
  std::map<pdata::data_block, std::set<pdata::device_id>> users;
  for (const auto& [device, table] : tables)
    for (const auto& [thin, mapping] : table)
      if (mapping.block < nr_data_blocks) users[mapping.block].insert(device);
  return users;
}

// Sets of devices that share, by repeated joining.
inline std::set<std::set<pdata::device_id>> plain_groups(const mapping_tables& tables,
                                                         std::uint64_t nr_data_blocks) {
  std::map<pdata::device_id, std::set<pdata::device_id>> group;
  for (const auto& [device, table] : tables) group[device] = {device};
  for (const auto& [block, devices] : users_of(tables, nr_data_blocks)) {
    std::set<pdata::device_id> joined;
    for (const auto device : devices) joined.insert(group[device].begin(), group[device].end());
    for (const auto device : joined) group[device] = joined;
  }
  std::set<std::set<pdata::device_id>> groups;
  for (const auto& [device, members] : group) groups.insert(members);
  return groups;
}

}  // namespace test_support
