// How many data blocks each two devices of a pool have in common.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "persistent-data/io/batch_reader.h"
#include "persistent-data/survey/pool_layout.h"
#include "thin-tools/text/text_sink.h"

namespace thin_tools {

// Of more devices the matrix is no table to read, and the memory for it would grow with them.
inline constexpr std::size_t sharing_devices_max = 64;

struct sharing_matrix {
  std::vector<pdata::device_id> devices;  // ascending
  // blocks[i][j]: data blocks that both map; blocks[i][i]: that the device maps.
  std::vector<std::vector<std::uint64_t>> blocks;
  bool damaged = false;  // then the numbers are of what can be read
};

// Of these devices, or of all if there are none. Damage goes to the sink. Throws error where a
// device does not exist, or there are too many.
sharing_matrix find_sharing(pdata::batch_reader& reader, const pdata::pool_layout& layout,
                            const std::set<pdata::device_id>& wanted, pdata::damage_sink& sink);

// `names`: of the devices, empty where there is none.
void write_table(const sharing_matrix& found, const std::vector<std::string>& names, text_sink& to);
// {"format": "thin_stat sharing", "version": 1, "complete": true, "devices": [{"dev": 1, "name":
// null}], "shared_blocks":
// [[9]]}
void write_json(const sharing_matrix& found, const std::vector<std::string>& names, text_sink& to);

}  // namespace thin_tools
