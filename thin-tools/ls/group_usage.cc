#include "thin-tools/ls/group_usage.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "persistent-data/base/error.h"
#include "persistent-data/format/mapping_value.h"
#include "persistent-data/space-map/sparse_cells.h"
#include "persistent-data/survey/device_names.h"
#include "persistent-data/survey/owned_leaves.h"
#include "persistent-data/survey/small_trees.h"
#include "thin-tools/console/json_report.h"
#include "thin-tools/ls/fields.h"

namespace thin_tools {

using namespace pdata;

namespace {

// Of each data block which groups map it (the low half), and which are not alone with it: a
// device outside of them maps it, too (the high half).
using group_marks = sparse_cells<std::uint64_t, 16384>;
constexpr unsigned outside_shift = 32;
static_assert(groups_max <= outside_shift);

std::uint64_t marks_of(device_id device, const std::vector<device_group>& groups) {
  std::uint64_t marks = 0;
  for (std::size_t i = 0; i < groups.size(); ++i)
    marks |= std::uint64_t{1} << (groups[i].contains(device) ? i : i + outside_shift);
  return marks;
}

void expect_devices(const top_level& table, const std::vector<device_group>& groups) {
  for (const auto& group : groups)
    for (const auto device : group)
      if (!table.roots.contains(device)) throw error(no_such_device(device, table.roots));
}

void count(const group_marks& marks, std::vector<group_usage>& found) {
  for (std::uint64_t begin = 0; begin < marks.nr_blocks(); begin += group_marks::region_blocks) {
    if (marks.region_untouched(begin / group_marks::region_blocks)) continue;
    const auto end = std::min(marks.nr_blocks(), begin + group_marks::region_blocks);
    for (auto block = begin; block < end; ++block) {
      const auto mark = marks.find(block)->load(std::memory_order_relaxed);
      if (mark == 0) continue;
      for (std::size_t i = 0; i < found.size(); ++i) {
        if ((mark >> i & 1) == 0) continue;
        ++found[i].mapped_blocks;
        if ((mark >> (i + outside_shift) & 1) == 0) ++found[i].own_blocks;
      }
    }
  }
}

}  // namespace

std::optional<std::vector<group_usage>> find_group_usage(batch_reader& reader,
                                                         const pool_layout& layout,
                                                         const std::vector<device_group>& groups,
                                                         damage_sink& sink) {
  REQUIRE(groups.size() <= groups_max);
  const auto table = read_top_level(reader, layout, sink);
  if (table.damaged()) return std::nullopt;
  expect_devices(table, groups);
  owned_leaves forest(reader, layout, table.roots);
  std::vector<std::uint64_t> marks_of_owner;
  for (const auto device : forest.devices()) marks_of_owner.push_back(marks_of(device, groups));

  group_marks marks(layout.nr_data_blocks);
  const bool whole = forest.read_leaves(
      [&](const owned_leaf& leaf) {
        std::uint64_t of_leaf = 0;
        forest.owners(leaf.owners).for_each([&](auto owner) { of_leaf |= marks_of_owner[owner]; });
        for (std::uint32_t i = 0; i < leaf.node.nr_entries(); ++i) {
          const auto block = unpack_mapping(leaf.node.value_u64(i)).block;
          if (block < marks.nr_blocks())  // else for thin_check to report
            marks.at(block).fetch_or(of_leaf, std::memory_order_relaxed);
        }
      },
      sink);
  if (!whole) return std::nullopt;
  std::vector<group_usage> found;
  for (const auto& group : groups) found.push_back({.devices = group});
  count(marks, found);
  return found;
}

void write_table(const std::vector<group_usage>& found, const group_listing& how, text_sink& to) {
  text_buffer out(to);
  if (how.headers) out << "DEVICES FREED_BLOCKS FREED\n";
  for (const auto& group : found)
    out << fmt::format(
        "{} {} {}\n", fmt::join(group.devices, ","), group.own_blocks,
        readable_size(group.own_blocks * how.sectors_per_block * pdata::sector_bytes));
  out.finish();
}

void write_json(const std::vector<group_usage>& found, const group_listing& how, text_sink& to) {
  text_buffer out(to);
  out << "{\n  " << json_head("thin_ls groups")
      << ",\n  \"metadata_snapshot_held\": " << (how.snapshot_held ? "true" : "false")
      << ",\n  \"groups\": [";
  const char* between = "\n    ";
  for (const auto& group : found) {
    out << between
        << fmt::format(
               "{{\"devices\": [{}], \"mapped_blocks\": {}, \"freed_blocks\": {}, "
               "\"freed_bytes\": {}}}",
               fmt::join(group.devices, ", "), group.mapped_blocks, group.own_blocks,
               group.own_blocks * how.sectors_per_block * pdata::sector_bytes);
    between = ",\n    ";
  }
  out << "\n  ]\n}\n";
  out.finish();
}

}  // namespace thin_tools
