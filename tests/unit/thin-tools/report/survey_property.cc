// The numbers of a report against counts of every mapping, of sound pools and of damaged ones.
#include "thin-tools/report/survey.h"

#include <gtest/gtest.h>

#include "persistent-data/base/error.h"
#include "persistent-data/format/damage_sinks.h"
#include "persistent-data/stream/pool_reader.h"
#include "tests/unit/support/built_pool.h"
#include "tests/unit/support/kernel_images.h"
#include "tests/unit/support/mutant.h"
#include "tests/unit/thin-tools/report/plain_sums.h"
#include "thin-tools/report/report_json.h"
#include "thin-tools/report/report_page.h"

namespace thin_tools::report {
namespace {

using namespace pdata;
using namespace test_support;

std::string difference_in_layout(const layout_facts& found, const layout_facts& expected) {
  if (found.runs != expected.runs) return "runs";
  if (found.longest_run != expected.longest_run) return "longest run";
  if (found.adjacent_pairs != expected.adjacent_pairs) return "adjacent pairs";
  if (found.sequential_pairs != expected.sequential_pairs) return "sequential pairs";
  if (found.by_length.size() != expected.by_length.size()) return "buckets";
  for (std::size_t i = 0; i < found.by_length.size(); ++i)
    if (found.by_length[i].runs != expected.by_length[i].runs ||
        found.by_length[i].blocks != expected.by_length[i].blocks)
      return "bucket " + std::to_string(i);
  return {};
}

std::string difference_in_device(const device_picture& device, const mapping_table& table,
                                 std::uint64_t exclusive) {
  if (device.mapped != table.size()) return "mapped";
  if (device.exclusive != exclusive) return "exclusive";
  if (device.highest.has_value() == table.empty()) return "highest";
  if (table.empty()) return {};
  if (*device.highest != table.rbegin()->first) return "highest block";
  const auto older = [](const auto& a, const auto& b) { return a.second.time < b.second.time; };
  const auto [oldest, newest] = std::ranges::minmax_element(table, older);
  if (device.oldest != oldest->second.time || device.newest != newest->second.time) return "times";
  return difference_in_layout(device.layout, plain_layout(table));
}

std::string difference_in_times(const pool_contents& found, const mapping_tables& tables) {
  auto bins = found.mapping_times;
  std::uint64_t ahead = 0;
  for (const auto& [device, table] : tables)
    for (const auto& [thin, mapping] : table) {
      const auto bin = std::ranges::find_if(bins, [&](const time_bin& b) {
        return mapping.time >= b.first && mapping.time <= b.last;
      });
      if (bin == bins.end())
        ++ahead;
      else
        --bin->count;
    }
  if (ahead != found.mappings_ahead) return "times ahead";
  return std::ranges::all_of(bins, [](const time_bin& b) { return b.count == 0; }) ? ""
                                                                                   : "time bins";
}

// "" or what differs.
std::string difference(const pool_contents& found, const mapping_tables& tables) {
  const auto users = users_of(tables, found.data_blocks);
  std::map<device_id, std::uint64_t> exclusive;
  std::uint64_t shared = 0;
  for (const auto& [block, devices] : users) {
    if (devices.size() > 1)
      ++shared;
    else
      ++exclusive[*devices.begin()];
  }
  if (found.mapped_blocks != users.size()) return "mapped blocks";
  if (found.shared_blocks != shared) return "shared blocks";
  for (const auto& device : found.devices) {
    const auto table = tables.find(device.id);
    const auto what = difference_in_device(
        device, table == tables.end() ? mapping_table{} : table->second, exclusive[device.id]);
    if (!what.empty()) return what + " of device " + std::to_string(device.id);
  }
  std::uint64_t in_map = 0;
  std::uint64_t shared_in_map = 0;
  std::uint64_t first = 0;
  for (const auto& cell : found.map) {
    in_map += cell.mapped;
    shared_in_map += cell.shared;
    const auto here =
        std::distance(users.lower_bound(first), users.lower_bound(first + cell.blocks));
    if (static_cast<std::uint64_t>(here) != cell.mapped) return "a cell of the map";
    first += cell.blocks;
  }
  if (in_map != users.size() || shared_in_map != shared) return "the map";
  return difference_in_times(found, tables);
}

TEST(survey_property, every_number_is_that_of_the_mappings) {
  EXPECT_TRUE(rc::check([] {
    built_pool pool(*test_support::any_pool());
    const auto found = survey(pool.reader, pool.layout);
    RC_ASSERT(found.whole);
    RC_ASSERT(found.devices.size() == pool.mappings.size());
    RC_ASSERT(difference(found, pool.mappings) == "");
    std::set<std::set<device_id>> groups;
    for (const auto& group : found.groups)
      groups.insert(std::set<device_id>(group.devices.begin(), group.devices.end()));
    RC_ASSERT(groups == plain_groups(pool.mappings, found.data_blocks));
  }));
}

// Whatever an image holds, the report ends; and its numbers are those of the mappings that
// thin_dump would give.
void survey_mutant(mutant_device& device) {
  pool_contents found;
  mapping_tables tables;
  try {
    silent_sink known;
    const auto layout = read_layout(device, "mutant", {}, known);
    batch_reader reader(device);
    found = survey(reader, layout);
    table_collector collector;
    EXPECT_TRUE(stream_pool(reader, layout, describe_superblock(layout.chosen()), {.salvage = true},
                            collector, known));
    tables = std::move(collector.tables);
  } catch (const error&) {
    return;
  }
  // What the dump leaves out: devices without details, and those of which nothing remains.
  for (const auto& row : found.devices)
    if (!tables.contains(row.id) && row.mapped != 0) return;
  EXPECT_EQ(difference(found, tables), "");
  pool_picture picture{.name = "mutant", .health = {}, .contents = std::move(found), .names = {}};
  EXPECT_FALSE(to_json({&picture, 1}).empty());
  EXPECT_FALSE(to_html({&picture, 1}).empty());
}

TEST(survey, mutated_images_are_counted_as_they_are_dumped) {
  for_each_mutant({"mixed-0", "metadata-snapshot", "snapshots", "shared-by-many"}, 60,
                  [](mutant_device& mutant, unsigned) { survey_mutant(mutant); });
}

}  // namespace
}  // namespace thin_tools::report
