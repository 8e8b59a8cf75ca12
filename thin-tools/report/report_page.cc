#include "thin-tools/report/report_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>

#include "thin-tools/page/html_frame.h"
#include "thin-tools/page/html_map.h"
#include "thin-tools/page/html_page.h"
#include "thin-tools/page/html_table.h"
#include "thin-tools/page/human_numbers.h"
#include "thin-tools/page/markup.h"
#include "thin-tools/report/report_tables.h"
#include "thin-tools/report/report_words.h"

namespace thin_tools::report {

using namespace page;

namespace {

std::string base_name(const std::string& path) {
  const auto slash = path.find_last_of('/');
  return slash == std::string::npos || slash + 1 == path.size() ? path : path.substr(slash + 1);
}

class page_writer {
 public:
  explicit page_writer(std::span<const pool_picture> pools) : pools_(pools) {}

  std::string write() {
    std::string body = head();
    body += pools_.size() == 1 ? tiles(pools_.front()) : side_by_side();
    body += damage() + data_device() + devices() + groups() + layout() + age() + metadata();
    const auto title = pools_.size() == 1 ? base_name(pools_.front().name)
                                          : base_name(pools_.back().name) + " against " +
                                                base_name(pools_.front().name);
    return page_html(title + " - thin_report", body, no_charts, maps_data(maps_));
  }

 private:
  using section = std::function<std::string(const pool_picture&)>;

  bool compares() const { return pools_.size() > 1; }
  // ", before" of the first of two.
  std::string which(const pool_picture& pool) const {
    if (!compares()) return {};
    return &pool == &pools_.front() ? ", before" : ", after";
  }
  // What a section says of each pool, under its name where there are two.
  std::string each(const section& write) const;
  std::string cards(const section& write) const;

  std::string head() const;
  static std::string tiles(const pool_picture& pool);
  std::string side_by_side() const;
  std::string damage() const;
  std::string data_device();
  std::string devices() const;
  std::string groups() const;
  std::string layout() const;
  std::string age() const;
  std::string metadata() const;

  std::span<const pool_picture> pools_;
  std::vector<drawn_map> maps_;
};

std::string page_writer::each(const section& write) const {
  std::string html;
  for (const auto& pool : pools_) {
    const auto text = write(pool);
    if (compares() && !text.empty())
      html += fmt::format("<h3>{}</h3>\n", &pool == &pools_.front() ? "Before" : "After");
    html += text;
  }
  return html;
}

std::string page_writer::cards(const section& write) const {
  std::string html = "<div class=\"charts\">\n";
  for (const auto& pool : pools_) html += write(pool);
  return html + "</div>\n";
}

std::string page_writer::head() const {
  std::string html = "<p class=\"soft\">thin_report</p>\n";
  const auto describe = [&](const pool_picture& pool) {
    std::string text;
    if (pool.contents) {
      const auto& c = *pool.contents;
      text = fmt::format("{}: transaction {}, clock {}, data blocks of {}", pool.name,
                         with_separators(c.transaction), with_separators(c.time),
                         bytes_text(c.block_bytes()));
      if (c.view == pdata::which_metadata::snapshot)
        text += ", read from the metadata snapshot";
      else if (c.snapshot_location != 0)
        text += fmt::format(", holds a metadata snapshot in block {}", c.snapshot_location);
    } else {
      text = pool.name + ": its superblock cannot be used, so nothing else can be told";
    }
    const auto verdict = verdict_of(pool);
    std::string lines = paragraph(text);
    lines += paragraph(verdict.text, verdict.good ? "verdict good" : "verdict bad");
    for (const auto& remark : pool.lvm_remarks) lines += paragraph("LVM2: " + remark, "bad");
    if (!pool.health.advice.empty() && !verdict.good) lines += paragraph(pool.health.advice, "");
    return lines;
  };
  if (!compares())
    return html + fmt::format("<h1>{}</h1>\n", escaped(base_name(pools_.front().name))) +
           describe(pools_.front());
  html += fmt::format("<h1>{} against {}</h1>\n", escaped(base_name(pools_.back().name)),
                      escaped(base_name(pools_.front().name)));
  return html + each(describe);
}

std::string page_writer::tiles(const pool_picture& pool) {
  if (!pool.contents) return {};
  const auto& c = *pool.contents;
  const auto groups = static_cast<std::uint64_t>(
      std::ranges::count_if(c.groups, [](const auto& g) { return g.devices.size() > 1; }));
  return "<div class=\"tiles\">\n" +
         tile_html("Data in use", percent_text(c.data_blocks_used, c.data_blocks),
                   fmt::format("{} of {}", size_text(c.data_blocks_used, c),
                               size_text(c.data_blocks, c))) +
         tile_html(
             "Metadata in use", percent_text(c.metadata.used, c.metadata.total),
             fmt::format("{} of {} blocks, {} kept in reserve", with_separators(c.metadata.used),
                         with_separators(c.metadata.total), with_separators(c.metadata.reserve))) +
         tile_html("Devices", with_separators(c.devices.size()),
                   fmt::format("{} that {}",
                               groups == 1 ? "1 group" : with_separators(groups) + " groups",
                               groups == 1 ? "shares" : "share")) +
         tile_html("Mapped by devices", size_text(c.mappings, c),
                   fmt::format("on {} of data", size_text(c.mapped_blocks, c))) +
         tile_html("Shared", percent_text(c.shared_blocks, c.mapped_blocks),
                   "of the data that is mapped") +
         tile_html("Sequential", percent_text(c.layout.sequential_percent()),
                   fmt::format("longest run {}", size_text(c.layout.longest_run, c))) +
         "</div>\n";
}

std::string page_writer::side_by_side() const {
  struct row {
    std::string_view what;
    std::string (*of)(const pool_contents&);
  };
  constexpr std::array rows{
      row{"transaction", [](const pool_contents& c) { return with_separators(c.transaction); }},
      row{"clock", [](const pool_contents& c) { return with_separators(c.time); }},
      row{"devices", [](const pool_contents& c) { return with_separators(c.devices.size()); }},
      row{"mapped by devices (blocks)",
          [](const pool_contents& c) { return blocks_text(c.mappings, c); }},
      row{"data mapped (blocks)",
          [](const pool_contents& c) { return blocks_text(c.mapped_blocks, c); }},
      row{"shared (blocks)",
          [](const pool_contents& c) { return blocks_text(c.shared_blocks, c); }},
      row{"data in use by the space map (blocks)",
          [](const pool_contents& c) { return blocks_text(c.data_blocks_used, c); }},
      row{"metadata blocks in use",
          [](const pool_contents& c) { return with_separators(c.metadata.used); }},
      row{"metadata blocks",
          [](const pool_contents& c) { return with_separators(c.metadata.total); }},
      row{"unreadable nodes of mapping trees",
          [](const pool_contents& c) {
            return with_separators(c.trees.front().facts.unreadable_nodes);
          }},
      row{"sequential",
          [](const pool_contents& c) { return percent_text(c.layout.sequential_percent()); }},
  };
  html_table table{{"", "#before", "#after"}, {}};
  for (const auto& row : rows) {
    std::vector<std::string> cells{std::string(row.what)};
    for (const auto& pool : pools_) cells.push_back(pool.contents ? row.of(*pool.contents) : "-");
    table.rows.push_back(std::move(cells));
  }
  table.rows.push_back({"findings that cost something",
                        with_separators(pools_.front().health.fatal),
                        with_separators(pools_.back().health.fatal)});
  return "<h2>Side by side</h2>\n" + table_html(table);
}

std::string page_writer::damage() const {
  const bool any = std::ranges::any_of(
      pools_, [](const pool_picture& pool) { return !pool.health.findings.empty(); });
  return any ? "<h2>What was found</h2>\n" + each(findings_html) : "";
}

std::string page_writer::data_device() {
  for (const auto& pool : pools_) {
    auto& map = maps_.emplace_back();
    map.title = "Map of the data device" + which(pool);
    if (!pool.contents) continue;
    map.cells = pool.contents->map;
    map.block_bytes = pool.contents->block_bytes();
    for (const auto& [id, name] : pool.names) map.names.emplace(id, device_words(pool, id));
  }
  std::string html = "<h2>On the data device</h2>\n" +
                     paragraph(
                         "What several devices map is drawn in the colour of the lowest id "
                         "of them.");
  for (const auto& pool : pools_) {
    if (!pool.contents) continue;
    const auto& c = *pool.contents;
    if (!c.complete)
      html +=
          paragraph(fmt::format("Some metadata cannot be read{}: what it maps is shown as free, "
                                "and may be shared.",
                                which(pool)));
    if (c.data_blocks_used > c.mapped_blocks)
      html += paragraph(fmt::format(
          "{} of data are counted as used and mapped by no device that could be read{}{}.",
          size_text((c.data_blocks_used - c.mapped_blocks), c), which(pool),
          c.snapshot_location != 0 ? "; the metadata snapshot may hold them" : ""));
  }
  html += "<div class=\"charts\">\n" + maps_html(maps_);
  for (const auto& pool : pools_)
    if (pool.contents)
      html +=
          histogram_html(pool.contents->layout.by_length, "Runs of sequential blocks" + which(pool),
                         compares() ? page::card_width::of_column : page::card_width::of_page);
  return html + "</div>\n";
}

std::string page_writer::devices() const {
  return "<h2>Devices</h2>\n" +
         (compares() ? usage_html(pools_.front(), pools_.back()) : usage_html(pools_.front()));
}

std::string page_writer::groups() const {
  return "<h2>Groups of snapshots</h2>\n" +
         paragraph(
             "Devices that share data blocks, directly or by way of others. Deleting all of a "
             "group frees its data; what is shared within it stays as long as one of them "
             "does.") +
         each(groups_html);
}

std::string page_writer::layout() const {
  return "<h2>Fragmentation and trees</h2>\n" +
         paragraph(
             "A run is as many virtual blocks as lie one behind the other on the data device, "
             "too. Nodes that devices share count for each of them.") +
         each(layout_html);
}

std::string bins_html(const std::vector<time_bin>& bins, std::string title, std::string subtitle,
                      std::string_view what) {
  constexpr std::size_t marks = 4;
  std::vector<plot_bar> bars;
  const auto step = bins.size() / marks + 1;
  for (std::size_t i = 0; i < bins.size(); ++i) {
    const auto& bin = bins[i];
    const auto range = bin.first == bin.last ? with_separators(bin.first)
                                             : fmt::format("{} to {}", with_separators(bin.first),
                                                           with_separators(bin.last));
    bars.push_back({bin.count, i % step == 0 ? short_number(static_cast<double>(bin.first)) : "",
                    fmt::format("{}: {} {}", range, with_separators(bin.count), what)});
  }
  plot_frame frame;
  frame.title = std::move(title);
  frame.subtitle = std::move(subtitle);
  return bars_html(frame, bars);
}

std::string page_writer::age() const {
  std::string html =
      "<h2>Age</h2>\n" + paragraph(
                             "Times are of the pool's clock, which counts its snapshots; they say "
                             "nothing about hours and days. Transactions count what was done to "
                             "devices.");
  for (const auto& pool : pools_)
    if (pool.contents && pool.contents->mappings_ahead != 0)
      html += paragraph(fmt::format("{} mappings{} have a time ahead of the clock.",
                                    with_separators(pool.contents->mappings_ahead), which(pool)),
                        "bad");
  html += cards([&](const pool_picture& pool) -> std::string {
    if (!pool.contents) return {};
    const auto& c = *pool.contents;
    auto drawn = bins_html(c.mapping_times, "Mappings by age" + which(pool),
                           "mappings of all devices by the clock when they were made", "mappings");
    if (c.device_transactions.size() > 1)
      drawn += bins_html(c.device_transactions, "Devices by transaction" + which(pool),
                         "devices by the transaction that made them", "devices");
    return drawn;
  });
  return html + each(ages_html);
}

std::string meter_html(const pool_contents& c, const std::string& title) {
  if (c.metadata.total == 0) return {};
  const auto reserve = std::min(c.metadata.reserve, c.metadata.free());
  const std::array parts{std::pair{"in use", c.metadata.used},
                         std::pair{"free", c.metadata.free() - reserve},
                         std::pair{"kept in reserve by the kernel", reserve}};
  constexpr std::array keys{"k1", "kfree", "k2"};
  std::string bar;
  std::string legend;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto& [what, blocks] = parts[i];
    bar += fmt::format("<i class=\"{}\" style=\"width:{:.3f}%\" title=\"{}: {}\"></i>", keys[i],
                       100 * static_cast<double>(blocks) / static_cast<double>(c.metadata.total),
                       what, with_separators(blocks));
    legend += fmt::format("<span><i class=\"key {}\"></i>{}: {}</span>", keys[i], what,
                          with_separators(blocks));
  }
  return fmt::format(
      "<figure class=\"card wide\"><figcaption><b>{}</b> <span>blocks of 4 KiB{}</span>"
      "</figcaption>\n<div class=\"legend\">{}</div>\n<div class=\"meter\">{}</div></figure>\n",
      escaped(title), c.metadata.full() ? "; full: the kernel has nothing left to give" : "",
      legend, bar);
}

std::string fill_html(const pool_contents& c, std::string title) {
  std::vector<plot_bar> bars;
  for (std::size_t i = 0; i < fill_steps; ++i)
    bars.push_back({c.leaf_fill[i], fmt::format("{} %", i * 100 / fill_steps),
                    fmt::format("{} to {} % filled: {} leaves", i * 100 / fill_steps,
                                (i + 1) * 100 / fill_steps, with_separators(c.leaf_fill[i]))});
  plot_frame frame;
  frame.title = std::move(title);
  frame.subtitle = "leaves of mapping trees by how full they are; new metadata fills them alike";
  frame.wide = true;
  return bars_html(frame, bars);
}

std::string page_writer::metadata() const {
  return "<h2>Metadata</h2>\n" + cards([&](const pool_picture& pool) -> std::string {
           if (!pool.contents) return {};
           return meter_html(*pool.contents, "Metadata device" + which(pool));
         }) +
         each(trees_html) + cards([&](const pool_picture& pool) -> std::string {
           if (!pool.contents) return {};
           return fill_html(*pool.contents, "Leaves by fill" + which(pool));
         });
}

}  // namespace

std::string to_html(std::span<const pool_picture> pools) { return page_writer(pools).write(); }

}  // namespace thin_tools::report
