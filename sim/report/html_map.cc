#include "sim/report/html_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include "sim/report/axis.h"
#include "sim/report/html_chart.h"
#include "sim/report/human_numbers.h"
#include "sim/report/markup.h"

namespace sim::report {

namespace {

constexpr std::size_t columns = 96;
constexpr std::size_t colours = 5;  // then one for all other devices
constexpr std::size_t fill_levels = 4;

// The devices with most cells, most first: those that get a colour.
std::vector<pdata::device_id> coloured_devices(const std::vector<map_cell>& cells) {
  std::map<pdata::device_id, std::uint64_t> count;
  for (const map_cell& cell : cells)
    if (cell.owner) ++count[*cell.owner];
  std::vector<std::pair<pdata::device_id, std::uint64_t>> ranked(count.begin(), count.end());
  std::ranges::stable_sort(ranked, std::ranges::greater{}, [](const auto& c) { return c.second; });
  std::vector<pdata::device_id> devices;
  for (const auto& [device, cells_of_it] : ranked)
    if (devices.size() < colours) devices.push_back(device);
  return devices;
}

std::size_t colour_of(const std::vector<pdata::device_id>& devices, pdata::device_id owner) {
  return static_cast<std::size_t>(std::ranges::find(devices, owner) - devices.begin());
}

std::string square(std::size_t cell) {
  return fmt::format("M{} {}h.86v.86h-.86z", cell % columns, cell / columns);
}

std::string foot(std::size_t cell, double part) {
  constexpr double cell_size = 0.86;
  const double height = 0.5 * cell_size * part;
  return fmt::format("M{} {:.2f}h.86v{:.2f}h-.86z", cell % columns,
                     static_cast<double>(cell / columns) + cell_size - height, height);
}

std::string legend_html(const std::vector<map_cell>& cells,
                        const std::vector<pdata::device_id>& devices) {
  std::string legend;
  for (std::size_t i = 0; i < devices.size(); ++i)
    legend += fmt::format("<span><i class=\"key k{}\"></i>device {}</span>", i + 1, devices[i]);
  const bool others = std::ranges::any_of(cells, [&](const map_cell& cell) {
    return cell.owner && colour_of(devices, *cell.owner) == devices.size();
  });
  if (others) legend += "<span><i class=\"key k6\"></i>other devices</span>";
  return legend +
         "<span><i class=\"key kfoot\"></i>shared</span><span><i class=\"key "
         "kfree\"></i>free</span>";
}

}  // namespace

std::string map_html(const replay_report& report) {
  const std::vector<map_cell>& cells = report.data_map;
  if (cells.empty()) return {};
  const auto devices = coloured_devices(cells);
  std::array<std::array<std::string, fill_levels>, colours + 1> filled;
  std::string free;
  std::string shared;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const map_cell& cell = cells[i];
    if (!cell.owner || cell.blocks == 0) {
      free += square(i);
      continue;
    }
    const std::size_t colour = std::min(colour_of(devices, *cell.owner), colours);
    const std::uint64_t level =
        (std::min(cell.mapped, cell.blocks) * fill_levels - 1) / cell.blocks;
    filled[colour][std::min<std::uint64_t>(level, fill_levels - 1)] += square(i);
    if (cell.shared != 0)
      shared += foot(i, static_cast<double>(cell.shared) / static_cast<double>(cell.blocks));
  }
  const std::size_t rows = (cells.size() + columns - 1) / columns;
  std::string svg = fmt::format("<path class=\"free\" d=\"{}\"/>", free);
  for (std::size_t colour = 0; colour <= colours; ++colour)
    for (std::size_t level = 0; level < fill_levels; ++level)
      if (!filled[colour][level].empty())
        svg += fmt::format("<path class=\"f{} v{}\" d=\"{}\"/>", colour + 1, level + 1,
                           filled[colour][level]);
  svg += fmt::format("<path class=\"foot\" d=\"{}\"/>", shared);
  return fmt::format(
      "<figure class=\"card wide\"><figcaption><b>Map of the data device</b> <span>each cell is "
      "{}; "
      "pale cells are partly free</span></figcaption>\n<div class=\"legend\">{}</div>\n"
      "<div class=\"map\"><svg id=\"map\" viewBox=\"0 0 {} {}\" role=\"img\" "
      "aria-label=\"Map of the data device\">{}</svg><div class=\"tip\"></div></div></figure>\n",
      bytes_text(cells.front().blocks * report.block_bytes()), legend_html(cells, devices), columns,
      rows, svg);
}

std::string map_data(const replay_report& report) {
  std::string data = fmt::format("{{\"columns\":{},\"cells\":[", columns);
  for (std::size_t i = 0; i < report.data_map.size(); ++i) {
    const map_cell& cell = report.data_map[i];
    data += fmt::format("{}[{},{},{},{}]", i == 0 ? "" : ",", cell.blocks, cell.mapped, cell.shared,
                        cell.owner ? std::to_string(*cell.owner) : "null");
  }
  return data + "]}";
}

std::string histogram_html(const fragmentation& layout) {
  if (layout.by_length.empty()) return {};
  std::uint64_t highest = 0;
  for (const run_bucket& bucket : layout.by_length) highest = std::max(highest, bucket.blocks);
  const axis y = value_axis(static_cast<double>(highest), true);
  const double width = 100.0 / static_cast<double>(layout.by_length.size());

  plot_frame frame;
  frame.title = "Runs of sequential blocks";
  frame.subtitle = "blocks in runs, by the length of the run: from the number below to the next";
  frame.attributes = "data-bars";
  frame.wide = true;
  for (const axis_mark& mark : y.marks) frame.left.push_back({mark.value / y.end * 100, mark.text});
  for (std::size_t i = 0; i < layout.by_length.size(); ++i) {
    const run_bucket& bucket = layout.by_length[i];
    const std::uint64_t from = std::uint64_t{1} << i;
    const double height = static_cast<double>(bucket.blocks) / y.end * 100;
    const std::string words =
        fmt::format("runs of {} to {} blocks: {} runs, {} blocks", with_separators(from),
                    with_separators(from * 2 - 1), with_separators(bucket.runs),
                    with_separators(bucket.blocks));
    const double left = static_cast<double>(i) * width;
    frame.inside += fmt::format(
        "<div class=\"bar\" style=\"left:{:.2f}%;width:{:.2f}%\" title=\"{}\">"
        "<i style=\"height:{:.2f}%\"></i></div>",
        left, width, escaped(words), height);
    frame.below.push_back({left + width / 2, short_number(static_cast<double>(from))});
  }
  return frame_html(frame);
}

}  // namespace sim::report
