#include "thin-tools/report/report_json.h"

#include <nlohmann/json.hpp>

#include "thin-tools/console/finding_json.h"
#include "thin-tools/console/json_report.h"
#include "thin-tools/console/number_json.h"

namespace thin_tools::report {

using json = nlohmann::ordered_json;

namespace {

template <class Value>
json value_or_null(const std::optional<Value>& value) {
  return value ? json(*value) : json(nullptr);
}

json layout_json(const layout_facts& layout) {
  json lengths = json::array();
  for (std::size_t i = 0; i < layout.by_length.size(); ++i)
    lengths.push_back({{"from_blocks", std::uint64_t{1} << i},
                       {"runs", layout.by_length[i].runs},
                       {"blocks", layout.by_length[i].blocks}});
  return {{"runs", layout.runs},
          {"longest_run", layout.longest_run},
          {"adjacent_pairs", layout.adjacent_pairs},
          {"sequential_pairs", layout.sequential_pairs},
          {"run_lengths", lengths}};
}

json tree_json(const tree_facts& tree) {
  return {{"depth", tree.depth},     {"internal_nodes", tree.internal_nodes},
          {"leaves", tree.leaves},   {"unreadable_nodes", tree.unreadable_nodes},
          {"entries", tree.entries}, {"room", tree.room}};
}

json bins_json(const std::vector<time_bin>& bins) {
  json all = json::array();
  for (const auto& bin : bins)
    all.push_back({{"first", bin.first}, {"last", bin.last}, {"count", bin.count}});
  return all;
}

json device_json(const device_picture& device, const pool_picture& pool) {
  json entry{{"device", device.id}};
  if (const auto name = pool.names.find(device.id); name != pool.names.end())
    entry["name"] = name->second;
  entry["whole"] = device.whole;
  if (device.details)
    entry["details"] = {{"mapped_blocks", device.details->mapped_blocks},
                        {"transaction", device.details->transaction_id},
                        {"creation_time", device.details->creation_time},
                        {"snapshot_time", device.details->snapshotted_time}};
  else
    entry["details"] = nullptr;
  entry["mapped_blocks"] = device.mapped;
  entry["exclusive_blocks"] = device.exclusive;
  entry["shared_blocks"] = device.shared();
  entry["highest_block"] = value_or_null(device.highest);
  entry["oldest_mapping"] = device.mapped == 0 ? json(nullptr) : json(device.oldest);
  entry["newest_mapping"] = device.mapped == 0 ? json(nullptr) : json(device.newest);
  entry["group"] = device.has_tree ? json(device.group) : json(nullptr);
  entry["layout"] = layout_json(device.layout);
  entry["tree"] = device.has_tree ? tree_json(device.tree) : json(nullptr);
  return entry;
}

json contents_json(const pool_picture& pool) {
  const auto& c = *pool.contents;
  json document{{"complete", c.complete},
                {"metadata_snapshot", c.view == pdata::which_metadata::snapshot},
                {"transaction", c.transaction},
                {"time", c.time},
                {"data_block_sectors", c.block_sectors},
                {"data_blocks", {{"total", c.data_blocks}, {"used", c.data_blocks_used}}},
                {"metadata_blocks",
                 {{"total", c.metadata.total},
                  {"used", c.metadata.used},
                  {"reserve", c.metadata.reserve},
                  {"full", c.metadata.full()}}},
                {"mapped_blocks", c.mapped_blocks},
                {"shared_blocks", c.shared_blocks},
                {"mappings", c.mappings},
                {"mappings_beyond_data", c.mappings_beyond},
                {"layout", layout_json(c.layout)},
                {"mapping_times", bins_json(c.mapping_times)},
                {"mappings_ahead_of_clock", c.mappings_ahead},
                {"device_transactions", bins_json(c.device_transactions)},
                {"leaf_fill", c.leaf_fill}};
  auto& parts = document["metadata_use"] = json::array();
  for (const auto& part : c.metadata_parts)
    parts.push_back({{"what", part.what}, {"blocks", part.blocks}});
  auto& trees = document["trees"] = json::array();
  for (const auto& tree : c.trees) {
    auto entry = tree_json(tree.facts);
    entry["what"] = tree.what;
    trees.push_back(std::move(entry));
  }
  auto& groups = document["groups"] = json::array();
  for (const auto& group : c.groups)
    groups.push_back({{"devices", group.devices},
                      {"blocks", group.blocks},
                      {"exclusive_blocks", group.exclusive},
                      {"shared_blocks", group.blocks - group.exclusive}});
  auto& devices = document["devices"] = json::array();
  for (const auto& device : c.devices) devices.push_back(device_json(device, pool));
  auto& cells = document["data_map"] = json::array();
  for (const auto& cell : c.map)
    cells.push_back({cell.blocks, cell.mapped, cell.shared, value_or_null(cell.owner)});
  return document;
}

json pool_json(const pool_picture& pool) {
  const auto& health = pool.health;
  const auto view = pool.contents ? pool.contents->view : pdata::which_metadata::active;
  json document{
      {"metadata", pool.name},
      {"verdict", health.verdict},
      {"advice", health.advice},
      {"not_checked", health.not_checked},
      {"lvm_remarks", pool.lvm_remarks},
      {"findings_by_severity",
       {{"fatal", health.fatal}, {"leak", health.leaks}, {"tolerable", health.tolerable}}},
      {"findings_not_listed", health.unlisted},
      {"leaked_blocks", {{"metadata", health.leaked_metadata}, {"data", health.leaked_data}}}};
  auto& findings = document["findings"] = json::array();
  for (const auto& finding : health.findings) findings.push_back(finding_json(finding));
  auto& lost = document["lost"] = json::array();
  for (const auto& range : health.lost(view)) {
    auto entry = range_json(range.range);
    entry["of"] = range.device ? "virtual blocks" : "devices";
    if (range.device) entry["device"] = *range.device;
    lost.push_back(std::move(entry));
  }
  document["contents"] = pool.contents ? contents_json(pool) : json(nullptr);
  return document;
}

}  // namespace

std::string to_json(std::span<const pool_picture> pools) {
  json document{
      {"format", "thin_report report"}, {"version", json_report_version}, {"pools", json::array()}};
  for (const auto& pool : pools) document["pools"].push_back(pool_json(pool));
  return document.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace thin_tools::report
