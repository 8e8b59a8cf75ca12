#include "thin-tools/page/html_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "persistent-data/base/checked_math.h"
#include "thin-tools/page/html_page.h"
#include "thin-tools/page/human_numbers.h"
#include "thin-tools/page/markup.h"

namespace thin_tools::page {

namespace {

constexpr std::size_t columns = 96;
constexpr std::size_t colours = 5;  // then one for all other devices
constexpr std::size_t fill_levels = 4;

// The devices with most cells, most first: those that get a colour.
std::vector<pdata::device_id> coloured_devices(std::span<const drawn_map> maps) {
  std::map<pdata::device_id, std::uint64_t> count;
  for (const drawn_map& map : maps)
    for (const map_cell& cell : map.cells)
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

std::string name_of(const drawn_map& map, pdata::device_id device) {
  const auto found = map.names.find(device);
  return found == map.names.end() ? fmt::format("device {}", device) : found->second;
}

std::string legend_html(const drawn_map& map, const std::vector<pdata::device_id>& devices) {
  std::string legend;
  for (std::size_t i = 0; i < devices.size(); ++i)
    legend += fmt::format("<span><i class=\"key k{}\"></i>{}</span>", i + 1,
                          escaped(name_of(map, devices[i])));
  const bool others = std::ranges::any_of(map.cells, [&](const map_cell& cell) {
    return cell.owner && colour_of(devices, *cell.owner) == devices.size();
  });
  if (others) legend += "<span><i class=\"key k6\"></i>other devices</span>";
  return legend +
         "<span><i class=\"key kfoot\"></i>shared</span><span><i class=\"key "
         "kfree\"></i>free</span>";
}

std::string cells_svg(const std::vector<map_cell>& cells,
                      const std::vector<pdata::device_id>& devices) {
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
    filled[colour][pdata::to_size(std::min<std::uint64_t>(level, fill_levels - 1))] += square(i);
    if (cell.shared != 0)
      shared += foot(i, static_cast<double>(cell.shared) / static_cast<double>(cell.blocks));
  }
  std::string svg = fmt::format("<path class=\"free\" d=\"{}\"/>", free);
  for (std::size_t colour = 0; colour <= colours; ++colour)
    for (std::size_t level = 0; level < fill_levels; ++level)
      if (!filled[colour][level].empty())
        svg += fmt::format("<path class=\"f{} v{}\" d=\"{}\"/>", colour + 1, level + 1,
                           filled[colour][level]);
  return svg + fmt::format("<path class=\"foot\" d=\"{}\"/>", shared);
}

}  // namespace

std::string maps_html(std::span<const drawn_map> maps) {
  const auto devices = coloured_devices(maps);
  std::string html;
  for (std::size_t number = 0; number < maps.size(); ++number) {
    const drawn_map& map = maps[number];
    if (map.cells.empty()) continue;
    html += fmt::format(
        "<figure class=\"card{}\"><figcaption><b>{}</b> <span>each cell is {}; "
        "pale cells are partly free</span></figcaption>\n<div class=\"legend\">{}</div>\n"
        "<div class=\"map\"><svg id=\"map{}\" data-map=\"{}\" viewBox=\"0 0 {} {}\" role=\"img\" "
        "aria-label=\"{}\">{}</svg><div class=\"tip\"></div></div></figure>\n",
        maps.size() == 1 ? " wide" : "", escaped(map.title),
        bytes_text(map.cells.front().blocks * map.block_bytes), legend_html(map, devices),
        number == 0 ? "" : std::to_string(number), number, columns,
        (map.cells.size() + columns - 1) / columns, escaped(map.title),
        cells_svg(map.cells, devices));
  }
  return html;
}

std::string maps_data(std::span<const drawn_map> maps) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const drawn_map& map : maps) {
    nlohmann::ordered_json cells = nlohmann::ordered_json::array();
    nlohmann::ordered_json names = nlohmann::ordered_json::object();
    for (const map_cell& cell : map.cells) {
      cells.push_back({cell.blocks, cell.mapped, cell.shared, nullptr});
      if (!cell.owner) continue;
      cells.back().back() = cell.owner->value();
      if (const auto named = map.names.find(*cell.owner); named != map.names.end())
        names[std::to_string(*cell.owner)] = named->second;
    }
    all.push_back({{"columns", columns}, {"names", names}, {"cells", cells}});
  }
  return script_data(all.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace));
}

}  // namespace thin_tools::page
