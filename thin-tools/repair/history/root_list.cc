#include "thin-tools/repair/history/root_list.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

#include "persistent-data/base/error.h"
#include "persistent-data/format/bitmap_block.h"
#include "thin-tools/console/json_report.h"
#include "thin-tools/console/number_json.h"
#include "thin-tools/repair/history/root_choice.h"
#include "thin-tools/repair/trees/device_trees.h"

namespace thin_tools {

using json = nlohmann::ordered_json;
using pdata::metadata_block;

namespace {

constexpr std::size_t listed_by_device_max = 64;  // pairs
constexpr std::size_t devices_in_text_max = 16;

std::string given_text(const std::map<pdata::device_id, std::uint64_t>& given) {
  if (given.size() > devices_in_text_max) return "";
  std::string text;
  for (const auto& [id, count] : given)
    text += fmt::format("{}{}: {}", text.empty() ? "; by device " : ", ", id, count);
  return text;
}

struct owners {
  std::optional<pdata::superblock> active;
  std::optional<pdata::superblock> snapshot;

  template <class Field>
  std::string of(metadata_block root, Field field) const {
    if (active && (*active).*field == root) return "superblock";
    if (snapshot && (*snapshot).*field == root) return "metadata snapshot";
    return "";
  }
};

std::vector<listed_root> list_mapping_roots(pdata::batch_reader& reader,
                                            const pdata::block_scan& scan,
                                            const std::vector<metadata_block>& candidates,
                                            const owners& used_by) {
  std::vector<std::pair<metadata_block, top_level>> tops;
  std::vector<metadata_block> roots;
  pdata::batch_reader one_by_one(reader.device(), 1);  // the trees are small
  for (const auto root : candidates) {
    auto top = read_top_level(one_by_one, root, scan.nr_blocks());
    // An empty leaf may be anything.
    const auto owner = used_by.of(root, &pdata::superblock::mapping_root);
    if (top.roots.empty() && owner.empty()) continue;
    for (const auto& [id, tree] : top.roots) roots.push_back(tree);
    tops.emplace_back(root, std::move(top));
  }
  mapping_forest forest(reader, scan.nr_blocks());
  forest.read(roots, [](const pdata::visited_leaf&) {});
  std::vector<listed_root> listed;
  for (const auto& [root, top] : tops) {
    listed_root line{.location = root, .nr_devices = top.roots.size()};
    line.used_by = used_by.of(root, &pdata::superblock::mapping_root);
    for (const auto& [id, tree] : top.roots) {
      const auto node = forest.good_node(tree);
      const auto below = node ? forest.below(*node) : pdata::tree_judge::subtree{.damaged = true};
      line.nr_mappings += below.nr_values;
      line.nr_damaged += below.damaged;
    }
    // A leaf of a mapping tree that happens to look like one of the top level.
    if (line.nr_damaged == line.nr_devices && line.nr_mappings == 0 && line.used_by.empty())
      continue;
    listed.push_back(line);
  }
  return listed;
}

std::vector<listed_root> list_details_roots(pdata::batch_reader& reader,
                                            const pdata::block_scan& scan,
                                            const std::vector<metadata_block>& candidates,
                                            const owners& used_by) {
  std::vector<listed_root> listed;
  pdata::batch_reader one_by_one(reader.device(), 1);
  for (const auto root : candidates) {
    const auto table = read_details(one_by_one, root, scan.nr_blocks());
    listed_root line{.location = root, .nr_devices = table.devices.size()};
    line.used_by = used_by.of(root, &pdata::superblock::details_root);
    line.nr_damaged = table.lost.size();
    for (const auto& [id, device] : table.devices) {
      line.nr_mappings += device.mapped_blocks;
      line.newest_time =
          std::max({line.newest_time, device.creation_time, device.snapshotted_time});
      line.newest_transaction = std::max(line.newest_transaction, device.transaction_id);
    }
    listed.push_back(line);
  }
  return listed;
}

void add_choice(root_list& to, pdata::batch_reader& reader, const device_scan& device) {
  const repair_options nothing_said;
  try {
    root_chooser chooser(reader, device.scan.nr_blocks(), nothing_said);
    const auto roots = chooser.by_evidence(device);
    to.chosen_mapping_root = roots.mapping_root;
    to.chosen_details_root = roots.details_root;
    for (const auto* list : {&roots.notes, &roots.guesses, &roots.unproven})
      to.reasons.insert(to.reasons.end(), list->begin(), list->end());
    if (!roots.mapping_root && !roots.details_root) to.undecided = "no roots can be used";
  } catch (const pdata::error& why) {
    to.undecided = why.what();
  }
}

void sort_roots(std::vector<listed_root>& roots) {
  std::ranges::sort(roots, std::greater{}, [](const listed_root& r) {
    return std::tuple(r.used_by == "superblock", r.newest_time, r.nr_mappings, r.nr_devices,
                      r.location);
  });
}

json root_json(const listed_root& root, bool details) {
  json line{{"block", root.location},
            {"devices", root.nr_devices},
            {"mappings", root.nr_mappings},
            {"damaged", root.nr_damaged}};
  if (details) {
    line["time"] = root.newest_time;
    line["transaction"] = root.newest_transaction;
  }
  line["used_by"] = root.used_by.empty() ? json(nullptr) : json(root.used_by);
  return line;
}

std::string owner_text(const listed_root& root) {
  return root.used_by.empty() ? "" : ", the " + root.used_by + "'s";
}

}  // namespace

root_list list_roots(pdata::batch_reader& reader) {
  const auto nr_blocks = std::min(reader.device().nr_blocks(), pdata::max_metadata_blocks);
  const device_scan device(reader, nr_blocks);
  const auto& scan = device.scan;
  owners used_by;
  used_by.active = read_superblock(reader, pdata::superblock_location, nr_blocks);
  if (used_by.active && used_by.active->held_root != 0)
    used_by.snapshot = read_superblock(reader, used_by.active->held_root, nr_blocks);
  const auto candidates = find_candidates(device);
  root_list found;
  found.mapping_roots = list_mapping_roots(reader, scan, candidates.mapping_roots, used_by);
  found.details_roots = list_details_roots(reader, scan, candidates.details_roots, used_by);
  sort_roots(found.mapping_roots);
  sort_roots(found.details_roots);
  found.pairs = agreeing_pairs(device);
  for (const auto& pair : found.pairs) {
    if (found.given.size() == listed_by_device_max) break;
    auto& given = found.given.emplace_back();
    const auto details = read_details(reader, pair.details_root, nr_blocks);
    for (const auto& [id, device_details] : details.devices)
      given[id] = device_details.mapped_blocks;
  }
  add_choice(found, reader, device);
  return found;
}

std::string describe(const root_list& roots) {
  std::string text = fmt::format("mapping roots ({}):\n", roots.mapping_roots.size());
  for (const auto& root : roots.mapping_roots)
    text += fmt::format(
        "  block {}: {} device(s), {} mappings{}{}\n", root.location, root.nr_devices,
        root.nr_mappings,
        root.nr_damaged != 0 ? fmt::format(", {} tree(s) damaged", root.nr_damaged) : "",
        owner_text(root));
  text += fmt::format("details roots ({}):\n", roots.details_roots.size());
  for (const auto& root : roots.details_roots)
    text += fmt::format("  block {}: {} device(s), {} mappings, time {}, transaction {}{}{}\n",
                        root.location, root.nr_devices, root.nr_mappings, root.newest_time,
                        root.newest_transaction, root.nr_damaged != 0 ? ", damaged" : "",
                        owner_text(root));
  text += fmt::format("pairs that agree about devices and mappings, newest first ({}):\n",
                      roots.pairs.size());
  for (std::size_t i = 0; i < roots.pairs.size(); ++i) {
    const auto& pair = roots.pairs[i];
    text +=
        fmt::format("  --mapping-root {} --details-root {}: {} device(s), {} mappings, time {}{}\n",
                    pair.mapping_root, pair.details_root, pair.nr_devices, pair.nr_mappings,
                    pair.newest_time, i < roots.given.size() ? given_text(roots.given[i]) : "");
  }
  const auto name = [](const std::optional<metadata_block>& root) {
    return root ? fmt::to_string(*root) : std::string("lost");
  };
  text += roots.undecided.empty()
              ? fmt::format("chosen where nothing is said: mapping root {}, details root {}\n",
                            name(roots.chosen_mapping_root), name(roots.chosen_details_root))
              : fmt::format("chosen where nothing is said: none, {}\n", roots.undecided);
  for (const auto& reason : roots.reasons) text += fmt::format("  {}\n", reason);
  return text;
}

std::string root_list_json(const root_list& roots) {
  json mapping = json::array();
  for (const auto& root : roots.mapping_roots) mapping.push_back(root_json(root, false));
  json details = json::array();
  for (const auto& root : roots.details_roots) details.push_back(root_json(root, true));
  json pairs = json::array();
  for (std::size_t i = 0; i < roots.pairs.size(); ++i) {
    const auto& pair = roots.pairs[i];
    json by_device = json::array();
    if (i < roots.given.size())
      for (const auto& [id, count] : roots.given[i])
        by_device.push_back({{"dev_id", id}, {"mappings", count}});
    pairs.push_back({{"mapping_root", pair.mapping_root},
                     {"details_root", pair.details_root},
                     {"devices", pair.nr_devices},
                     {"mappings", pair.nr_mappings},
                     {"time", pair.newest_time},
                     {"by_device", by_device}});
  }
  const auto or_null = [](const std::optional<metadata_block>& root) {
    return root ? json(*root) : json(nullptr);
  };
  const json chosen{{"mapping_root", or_null(roots.chosen_mapping_root)},
                    {"details_root", or_null(roots.chosen_details_root)},
                    {"reasons", roots.reasons},
                    {"undecided", roots.undecided.empty() ? json(nullptr) : json(roots.undecided)}};
  return json{{"format", "thin_repair roots"},
              {"version", json_report_version},
              {"mapping_roots", mapping},
              {"details_roots", details},
              {"pairs", pairs},
              {"chosen", chosen}}
             .dump(2) +
         "\n";
}

}  // namespace thin_tools
