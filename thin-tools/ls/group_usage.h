// What sets of devices use together: what is free when all of a set are deleted.
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "persistent-data/io/batch_reader.h"
#include "persistent-data/survey/pool_layout.h"
#include "thin-tools/text/text_sink.h"

namespace thin_tools {

using device_group = std::set<pdata::device_id>;
inline constexpr std::size_t groups_max = 32;

struct group_usage {
  device_group devices;
  std::uint64_t own_blocks = 0;     // data blocks that only devices of the group map
  std::uint64_t mapped_blocks = 0;  // data blocks that devices of the group map
};

// One pass over the distinct leaves, for all groups. None: damage, which went to the sink, may
// hide who uses a block. Throws error where a device does not exist. Requires at most
// groups_max groups.
std::optional<std::vector<group_usage>> find_group_usage(pdata::batch_reader& reader,
                                                         const pdata::pool_layout& layout,
                                                         const std::vector<device_group>& groups,
                                                         pdata::damage_sink& sink);

struct group_listing {
  std::uint64_t sectors_per_block = 0;
  bool headers = true;
  bool snapshot_held = false;  // a metadata snapshot keeps what it uses
};

// Lines of devices ("1,2"), data blocks that are freed, and their size.
void write_table(const std::vector<group_usage>& found, const group_listing& how, text_sink& to);
// {"format": "thin_ls groups", "version": 1, "metadata_snapshot_held": false, "groups":
// [{"devices": [1, 2], "mapped_blocks": 9, "freed_blocks": 7, "freed_bytes": 458752}]}
void write_json(const std::vector<group_usage>& found, const group_listing& how, text_sink& to);

}  // namespace thin_tools
