#include "thin-tools/explore/pages.h"

#include <fmt/format.h>

#include <algorithm>

#include "persistent-data/format/damage_catalogue.h"
#include "persistent-data/survey/metadata_usage.h"
#include "thin-tools/explore/block_users.h"
#include "thin-tools/explore/descent.h"
#include "thin-tools/explore/words.h"
#include "thin-tools/page/human_numbers.h"

namespace thin_tools::explore {

using namespace pdata;
using namespace thin_tools::page;

page page_of(pool_source& pool, const place& where) {
  struct writer {
    pool_source& pool;
    page operator()(const superblock_place& p) const { return superblock_page(pool, p); }
    page operator()(const devices_place& p) const { return devices_page(pool, p); }
    page operator()(const device_place& p) const { return device_page(pool, p); }
    page operator()(const node_place& p) const { return node_page(pool, p); }
    page operator()(const space_map_place& p) const { return space_map_page(pool, p); }
    page operator()(const bitmap_place& p) const { return bitmap_page(pool, p); }
    page operator()(const block_place& p) const { return block_page(pool, p); }
    page operator()(const data_place& p) const { return data_page(pool, p); }
    page operator()(const findings_place&) const { return findings_page(pool); }
    page operator()(const help_place&) const { return help_page(); }
  };
  return std::visit(writer{pool}, where);
}

namespace {

void add_findings(page& to, const std::vector<damage>& findings) {
  constexpr std::size_t shown = 50;
  for (std::size_t i = 0; i < std::min(findings.size(), shown); ++i)
    to.add(describe(findings[i]), look::damaged);
  if (findings.size() > shown)
    to.add(fmt::format("and {} more", with_separators(findings.size() - shown)), look::damaged);
}

std::string checked_text(const pool_source& pool) {
  const auto* findings = pool.findings();
  if (findings == nullptr) return "damage            not looked for yet: Enter checks everything";
  if (findings->empty()) return "damage            none";
  return fmt::format("damage            {} {}", with_separators(findings->size()),
                     findings->size() == 1 ? "finding" : "findings");
}

}  // namespace

page superblock_page(pool_source& pool, const superblock_place& where) {
  page made;
  const bool copy = where.of == view::snapshot;
  made.title = copy ? "metadata snapshot" : "superblock";
  add_findings(made, pool.superblock_findings());
  const auto* sb = pool.superblock(where.of);
  if (sb == nullptr) {
    made.add(copy ? "there is no metadata snapshot that can be used"
                  : "the superblock cannot be used: blocks can be looked at one by one",
             look::damaged);
    made.add_link("the block as it is",
                  block_place{copy && pool.layout() != nullptr ? pool.layout()->snapshot_location
                                                               : superblock_location});
    return made;
  }
  made.add(fmt::format("transaction       {}", with_separators(sb->transaction_id)));
  made.add(fmt::format("clock             {} (counts snapshots)", with_separators(sb->time)));
  made.add(fmt::format("version, flags    {}, {}{}", sb->version, sb->flags,
                       sb->needs_check() ? " (needs_check)" : ""),
           sb->needs_check() ? look::damaged : look::plain);
  made.add(fmt::format("data blocks of    {}",
                       bytes_text(sb->data_block_size * std::uint64_t{sector_bytes})));
  made.start = made.size();
  made.add_link(fmt::format("devices           top level in block {}, details in block {}",
                            sb->mapping_root, sb->details_root),
                devices_place{where.of});
  made.add_link(
      fmt::format("top level tree    node in block {}", sb->mapping_root),
      node_place{.location = sb->mapping_root, .shape = top_level_tree_shape, .of = where.of});
  made.add_link(
      fmt::format("details tree      node in block {}", sb->details_root),
      node_place{.location = sb->details_root, .shape = details_tree_shape, .of = where.of});
  if (!copy) {
    const auto usage = usage_of(*sb);
    made.add_link(fmt::format("data space map    {} of {} data blocks in use",
                              with_separators(sb->data_space_map.nr_allocated),
                              with_separators(sb->data_space_map.nr_blocks)),
                  space_map_place{space_map_kind::data});
    made.add_link(fmt::format("metadata map      {} of {} blocks in use, {} kept in reserve{}",
                              with_separators(usage.used), with_separators(usage.total),
                              with_separators(usage.reserve), usage.full() ? ": full" : ""),
                  space_map_place{space_map_kind::metadata},
                  usage.full() ? look::damaged : look::plain);
    if (pool.layout()->snapshot_location != 0)
      made.add_link(fmt::format("metadata snapshot in block {}", pool.layout()->snapshot_location),
                    superblock_place{view::snapshot});
    else
      made.add("metadata snapshot none", look::dim);
    const bool bad = pool.findings() != nullptr && !pool.findings()->empty();
    made.add_link(checked_text(pool), findings_place{}, bad ? look::damaged : look::plain);
  }
  made.add_link("this block as it is",
                block_place{copy ? pool.layout()->snapshot_location : superblock_location});
  return made;
}

page devices_page(pool_source& pool, const devices_place& where) {
  page made;
  const auto& devices = pool.devices(where.of);
  made.title = where.of == view::snapshot ? "devices of the metadata snapshot" : "devices";
  made.add(fmt::format("{} {}", with_separators(devices.list.size()),
                       devices.list.size() == 1 ? "device" : "devices"),
           look::heading);
  add_findings(made, devices.findings);
  made.start = made.lines.size();
  made.nr_rows = devices.list.size();
  made.row = [&pool, &devices, of = where.of](std::size_t index) -> line {
    const auto& device = devices.list[index];
    std::string text = fmt::format("{:<18}", pool.device_words(device.id));
    if (device.details)
      text +=
          fmt::format("  {:>12} mapped, created at {}, snapshot at {}, transaction {}",
                      with_separators(device.details->mapped_blocks), device.details->creation_time,
                      device.details->snapshotted_time, device.details->transaction_id);
    else
      text += "  no details";
    if (!device.root) text += ", no mapping tree";
    const bool bad =
        !device.root || !device.details || pool.loss_in(of, device.id, key_range{}) != nullptr;
    return {text, bad ? look::damaged : look::plain, device_place{of, device.id}};
  };
  return made;
}

page device_page(pool_source& pool, const device_place& where) {
  const auto& devices = pool.devices(where.of);
  const auto* device = devices.find(where.id);
  page made;
  made.title = pool.device_words(where.id);
  if (device == nullptr) {
    made.add(fmt::format("the metadata{} has no device {}",
                         where.of == view::snapshot ? " snapshot" : "", where.id),
             look::damaged);
    return made;
  }
  if (device->details) {
    const auto& d = *device->details;
    made.add(fmt::format("mapped            {} data blocks", with_separators(d.mapped_blocks)));
    made.add(fmt::format("created at        {} (the pool's clock)", d.creation_time));
    made.add(fmt::format("last snapshot at  {}", d.snapshotted_time));
    made.add(fmt::format("transaction       {}", with_separators(d.transaction_id)));
  } else {
    made.add("the device details tree does not have it", look::damaged);
  }
  made.start = made.lines.size();
  if (device->root) {
    const auto* loss = pool.loss_in(where.of, where.id, key_range{});
    made.add_link(fmt::format("mapping tree      node in block {}", *device->root),
                  node_place{.location = *device->root,
                             .shape = mapping_tree_shape,
                             .of = where.of,
                             .device = where.id},
                  loss != nullptr ? look::damaged : look::plain);
  } else {
    made.add("the top level tree does not have it: it has no mappings", look::damaged);
  }
  if (pool.findings() != nullptr)
    for (const auto& finding : *pool.findings())
      if (finding.device == where.id && finding.in_snapshot == (where.of == view::snapshot))
        made.lines.push_back({describe(finding), look::damaged, place_of(finding)});
  made.add(
      fmt::format("a virtual block is found by / and {}:BLOCK or {}@BYTES", where.id, where.id),
      look::dim);
  return made;
}

page data_page(pool_source& pool, const data_place& where) {
  page made;
  made.title = fmt::format("data block {}", with_separators(where.block));
  const auto* layout = pool.layout();
  if (layout == nullptr) {
    made.add("without a superblock nothing is known of data blocks", look::damaged);
    return made;
  }
  const auto size = layout->active.data_block_size * std::uint64_t{sector_bytes};
  if (where.block >= layout->nr_data_blocks) {
    made.add(fmt::format("the data device has {} blocks: there is no such block",
                         with_separators(layout->nr_data_blocks)),
             look::damaged);
  } else {
    made.add(fmt::format("of {}; {} bytes from byte {} of the data device",
                         with_separators(layout->nr_data_blocks), with_separators(size),
                         with_separators(where.block * size)));
    const auto counted = count_of(pool, space_map_kind::data, where.block);
    made.add_link(counted.fault
                      ? "count not known: " + fault_words(*counted.fault)
                      : fmt::format("the data space map counts it {}", times_words(counted.count)),
                  bitmap_place{space_map_kind::data, where.block / entries_per_bitmap, where.block},
                  counted.fault ? look::damaged : look::plain);
  }
  const auto add_users = [&](view of) {
    const auto users = find_users(pool, of, where.block);
    made.add(fmt::format("{}{} {} to it, by {} {}{}",
                         of == view::snapshot ? "in the metadata snapshot " : "",
                         with_separators(users.count),
                         users.count == 1 ? "mapping leads" : "mappings lead",
                         with_separators(users.entries),
                         users.entries == 1 ? "entry of a leaf" : "entries of leaves",
                         users.complete ? "" : "; damage may hide more"),
             users.complete ? look::heading : look::damaged);
    for (const auto& user : users.list)
      made.add_link(fmt::format("{}, virtual block {}, time {}", pool.device_words(user.device),
                                with_separators(user.thin), user.time),
                    node_place{.location = user.leaf,
                               .shape = mapping_tree_shape,
                               .of = of,
                               .device = user.device,
                               .expected = std::nullopt,
                               .key = user.thin});
    if (users.count > users.list.size())
      made.add(fmt::format("and {} more", with_separators(users.count - users.list.size())),
               look::dim);
  };
  add_users(pool.main);
  if (pool.main == view::active && pool.superblock(view::snapshot) != nullptr)
    add_users(view::snapshot);
  return made;
}

page findings_page(pool_source& pool) {
  pool.look_for_damage();
  page made;
  made.title = "damage";
  const auto& findings = *pool.findings();
  made.add(findings.empty()
               ? "nothing is wrong"
               : fmt::format("{} {}, as thin_check has them", with_separators(findings.size()),
                             findings.size() == 1 ? "finding" : "findings"),
           findings.empty() ? look::plain : look::heading);
  made.start = findings.empty() ? 0 : 1;
  made.nr_rows = findings.size();
  made.row = [&findings](std::size_t index) -> line {
    const auto& finding = findings[index];
    const bool harmless = catalogue_row(finding.id).severity == severity::tolerable;
    return {describe(finding), harmless ? look::plain : look::damaged, place_of(finding)};
  };
  return made;
}

page help_page() {
  page made;
  made.title = "help";
  for (const char* text :
       {"Up, Down, k, j        one line", "PgUp, PgDn, Space     one screen",
        "Home, End, g, G       first and last line", "Enter, Right, l       follow a line with >",
        "Backspace, Left, h    back to where you came from", "/                     go to a place",
        "!                     what is damaged", "s                     the superblock",
        "?                     this page", "Ctrl-L                draw the screen anew",
        "q                     quit", "Esc                   stop a search, give up a prompt"})
    made.add(text);
  made.add("");
  made.add("Places, after / :", look::heading);
  for (const char* text :
       {"100         metadata block 100", "dev:3       device 3, or its name",
        "3:1024      virtual block 1024 of device 3",
        "3@1G        the virtual block at a byte of device 3: K, M, G, T; s: sectors",
        "d:500       data block 500, and who maps it", "d@1G        the data block at a byte"})
    made.add(text);
  made.add("");
  made.add("A line with ! is damaged, or leads to damage that was found (!).", look::dim);
  return made;
}

}  // namespace thin_tools::explore
