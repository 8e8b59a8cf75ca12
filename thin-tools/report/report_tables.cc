#include "thin-tools/report/report_tables.h"

#include <fmt/format.h>

#include <algorithm>

#include "persistent-data/format/damage_catalogue.h"
#include "thin-tools/page/html_table.h"
#include "thin-tools/page/human_numbers.h"
#include "thin-tools/page/markup.h"
#include "thin-tools/report/report_words.h"

namespace thin_tools::report {

using namespace page;

namespace {

constexpr std::size_t findings_shown = 60;
constexpr std::size_t ranges_shown = 200;
constexpr std::size_t devices_shown = 200;
constexpr std::size_t groups_shown = 50;
constexpr std::size_t members_shown = 12;

// Tables that outgrow what anybody reads end with a line that says how much is missing.
std::string more_html(std::size_t all, std::size_t shown, std::string_view what) {
  if (all <= shown) return {};
  return paragraph(
      fmt::format("{} more {} are in the JSON (--json).", with_separators(all - shown), what));
}

std::string lost_html(const pool_picture& pool) {
  const auto lost =
      pool.health.lost(pool.contents ? pool.contents->view : pdata::which_metadata::active);
  if (lost.empty()) return {};
  html_table table{{"device", "lost", "#size", "why"}, {}};
  for (std::size_t i = 0; i < std::min(lost.size(), ranges_shown); ++i) {
    const auto& [device, range, why] = lost[i];
    const bool sized = device && range.end && pool.contents;
    table.rows.push_back({device ? device_text(pool, *device) : "any",
                          (device ? "virtual blocks " : "devices ") + range_text(range),
                          sized ? size_text(*range.end - range.begin, *pool.contents) : "-",
                          pdata::describe(why)});
  }
  return "<h3>Lost</h3>\n" +
         paragraph(
             "Virtual blocks whose mappings cannot be reached or cannot be used; which of them "
             "were "
             "mapped is not known.") +
         table_html(table) + more_html(lost.size(), ranges_shown, "ranges");
}

}  // namespace

std::string paragraph(std::string_view text, std::string_view kind) {
  return fmt::format("<p class=\"{}\">{}</p>\n", kind, escaped(text));
}

std::string findings_html(const pool_picture& pool) {
  const auto& health = pool.health;
  if (health.findings.empty()) return paragraph("Nothing.");
  html_table table{{"severity", "finding"}, {}};
  for (std::size_t i = 0; i < std::min(health.findings.size(), findings_shown); ++i) {
    const auto& finding = health.findings[i];
    const auto level = pdata::catalogue_row(finding.id).severity;
    table.rows.push_back({std::string(pdata::severity_id(level)), pdata::describe(finding)});
  }
  std::string html = table_html(table);
  html += more_html(health.findings.size(), findings_shown, "findings");
  if (health.unlisted != 0)
    html += paragraph(fmt::format("And {} that are kept nowhere: too many were found.",
                                  with_separators(health.unlisted)));
  if (health.leaked_data != 0 || health.leaked_metadata != 0)
    html += paragraph(fmt::format("Leaked: {} data blocks, {} metadata blocks.",
                                  with_separators(health.leaked_data),
                                  with_separators(health.leaked_metadata)));
  return html + lost_html(pool);
}

namespace {

std::string state_text(const device_picture& device) {
  std::string state = device.whole ? "" : "damaged";
  const auto add = [&](bool holds, std::string_view what) {
    if (holds) state += (state.empty() ? "" : ", ") + std::string(what);
  };
  add(!device.details, "no details");
  add(!device.has_tree, "no mapping tree");
  return state.empty() ? "whole" : state;
}

// Said of numbers that more mappings might change.
std::string incomplete_html(const pool_contents& c) {
  if (c.complete) return {};
  return paragraph("Mappings that are lost may share blocks that are counted as exclusive here.");
}

}  // namespace

std::string usage_html(const pool_picture& pool) {
  if (!pool.contents) return {};
  const auto& c = *pool.contents;
  html_table table{{"device", "#mapped (blocks)", "#exclusive (blocks)", "#shared (blocks)",
                    "#by its details", "state"},
                   {}};
  for (std::size_t i = 0; i < std::min(c.devices.size(), devices_shown); ++i) {
    const auto& d = c.devices[i];
    table.rows.push_back({device_text(pool, d.id), blocks_text(d.mapped, c),
                          blocks_text(d.exclusive, c), blocks_text(d.shared(), c),
                          d.details ? with_separators(d.details->mapped_blocks) : "-",
                          state_text(d)});
  }
  return incomplete_html(c) + table_html(table) +
         more_html(c.devices.size(), devices_shown, "devices");
}

std::string usage_html(const pool_picture& before, const pool_picture& after) {
  if (!before.contents || !after.contents) return usage_html(before.contents ? before : after);
  const auto& earlier = before.contents->devices;
  const auto& later = after.contents->devices;
  html_table table{{"device", "#mapped before (blocks)", "#mapped after (blocks)",
                    "#exclusive before", "#exclusive after", "before", "after"},
                   {},
                   true};
  std::size_t nr_devices = 0;
  for (std::size_t i = 0, k = 0; i < earlier.size() || k < later.size();) {
    const bool was = k == later.size() || (i < earlier.size() && earlier[i].id <= later[k].id);
    const bool is = i == earlier.size() || (k < later.size() && later[k].id <= earlier[i].id);
    const auto* old_one = was ? &earlier[i] : nullptr;
    const auto* new_one = is ? &later[k] : nullptr;
    i += was;
    k += is;
    if (++nr_devices > devices_shown) continue;
    const auto cell = [](const device_picture* device, const pool_contents& of, auto number) {
      return device == nullptr ? std::string("-") : blocks_text(number(*device), of);
    };
    const auto mapped = [](const device_picture& d) { return d.mapped; };
    const auto exclusive = [](const device_picture& d) { return d.exclusive; };
    table.rows.push_back(
        {device_text(after, (was ? old_one : new_one)->id), cell(old_one, *before.contents, mapped),
         cell(new_one, *after.contents, mapped), cell(old_one, *before.contents, exclusive),
         cell(new_one, *after.contents, exclusive), was ? state_text(*old_one) : "not there",
         is ? state_text(*new_one) : "not there"});
  }
  const auto note = incomplete_html(before.contents->complete ? *after.contents : *before.contents);
  return note + table_html(table) + more_html(nr_devices, devices_shown, "devices");
}

std::string groups_html(const pool_picture& pool) {
  if (!pool.contents) return {};
  const auto& c = *pool.contents;
  html_table table{
      {"#group", "devices", "#data (blocks)", "#exclusive to one (blocks)", "#shared (blocks)"},
      {}};
  std::size_t nr_groups = 0;
  std::uint64_t alone = 0;
  for (const auto& group : c.groups) {
    if (group.devices.size() < 2) {
      ++alone;
      continue;
    }
    if (++nr_groups > groups_shown) continue;
    std::string members;
    for (std::size_t i = 0; i < std::min(group.devices.size(), members_shown); ++i)
      members += (i == 0 ? "" : ", ") + device_text(pool, group.devices[i]);
    if (group.devices.size() > members_shown)
      members += fmt::format(" and {} more", group.devices.size() - members_shown);
    table.rows.push_back({std::to_string(nr_groups), members, blocks_text(group.blocks, c),
                          blocks_text(group.exclusive, c),
                          blocks_text(group.blocks - group.exclusive, c)});
  }
  std::string html;
  if (!c.complete)
    html += paragraph("Some mappings are lost: groups may be larger, and belong together.");
  if (c.snapshot_location != 0 && c.view == pdata::which_metadata::active)
    html += paragraph("What the metadata snapshot holds is freed when it is released, not before.");
  if (!table.rows.empty()) html += table_html(table) + more_html(nr_groups, groups_shown, "groups");
  if (alone != 0)
    html += paragraph(fmt::format(
        "{}{} {} no data block with another.", c.complete ? "" : "As far as can be read, ",
        with_separators(alone), alone == 1 ? "device shares" : "devices share"));
  return html;
}

std::string layout_html(const pool_picture& pool) {
  if (!pool.contents) return {};
  const auto& c = *pool.contents;
  html_table table{{"device", "#runs", "#average run", "#longest run", "#sequential", "#depth",
                    "#nodes", "#leaves filled"},
                   {}};
  std::size_t nr_trees = 0;
  for (const auto& d : c.devices) {
    if (!d.has_tree || ++nr_trees > devices_shown) continue;
    const auto runs = d.layout.runs;
    table.rows.push_back({device_text(pool, d.id), with_separators(runs),
                          runs == 0 ? "-" : bytes_text(d.mapped * c.block_bytes() / runs),
                          runs == 0 ? "-" : size_text(d.layout.longest_run, c),
                          percent_text(d.layout.sequential_percent()),
                          with_separators(d.tree.depth), with_separators(d.tree.nodes()),
                          percent_text(d.tree.fill_percent())});
  }
  return table.rows.empty() ? ""
                            : table_html(table) + more_html(nr_trees, devices_shown, "devices");
}

std::string ages_html(const pool_picture& pool) {
  if (!pool.contents) return {};
  const auto& c = *pool.contents;
  html_table table{{"device", "#created in transaction", "#created at", "#last snapshot at",
                    "#oldest mapping", "#newest mapping"},
                   {}};
  for (std::size_t i = 0; i < std::min(c.devices.size(), devices_shown); ++i) {
    const auto& d = c.devices[i];
    const auto detail = [&](auto field) {
      return d.details ? with_separators((*d.details).*field) : std::string("-");
    };
    const auto time = [&](std::uint32_t of) {
      return d.mapped == 0 ? std::string("-") : with_separators(of);
    };
    table.rows.push_back({device_text(pool, d.id), detail(&pdata::device_details::transaction_id),
                          detail(&pdata::device_details::creation_time),
                          detail(&pdata::device_details::snapshotted_time), time(d.oldest),
                          time(d.newest)});
  }
  return table_html(table) + more_html(c.devices.size(), devices_shown, "devices");
}

std::string trees_html(const pool_picture& pool) {
  if (!pool.contents) return {};
  const auto& c = *pool.contents;
  std::string html;
  if (!c.metadata_parts.empty()) {
    html_table parts{{"what for", "#metadata blocks"}, {}};
    std::uint64_t known = 0;
    for (const auto& part : c.metadata_parts) {
      parts.rows.push_back({part.what, with_separators(part.blocks)});
      known += part.blocks;
    }
    if (c.metadata.used > known)
      parts.rows.push_back({c.snapshot_location != 0 ? "the metadata snapshot, or not accounted for"
                                                     : "not accounted for",
                            with_separators(c.metadata.used - known)});
    html += table_html(parts);
  }
  html_table trees{
      {"tree", "#depth", "#internal nodes", "#leaves", "#entries", "#leaves filled", "#unreadable"},
      {}};
  for (const auto& [what, facts] : c.trees)
    trees.rows.push_back({what, with_separators(facts.depth), with_separators(facts.internal_nodes),
                          with_separators(facts.leaves), with_separators(facts.entries),
                          percent_text(facts.fill_percent()),
                          with_separators(facts.unreadable_nodes)});
  return html + table_html(trees);
}

}  // namespace thin_tools::report
