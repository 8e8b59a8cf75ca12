// Maps of data devices: fields of cells from left to right and top to bottom, coloured by the
// device that has most of each; a dark foot is the part that devices share.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "thin-tools/page/data_map.h"

namespace thin_tools::page {

struct drawn_map {
  std::string title;
  std::vector<map_cell> cells;  // none: there is no map
  std::uint64_t block_bytes = 0;
  std::map<pdata::device_id, std::string> names;  // of devices that have one
};

// One map is as wide as the page, several stand side by side. A device has one colour in all.
std::string maps_html(std::span<const drawn_map> maps);
// The maps' cells for the page's script, as JSON.
std::string maps_data(std::span<const drawn_map> maps);

}  // namespace thin_tools::page
