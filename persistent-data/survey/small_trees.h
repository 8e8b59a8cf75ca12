// The two small trees that say which devices there are, top level and details, read
// as far as they can be read.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "persistent-data/base/key_range.h"
#include "persistent-data/format/damage.h"
#include "persistent-data/format/device_details.h"
#include "persistent-data/io/batch_reader.h"
#include "persistent-data/survey/pool_layout.h"

namespace pdata {

// What could not be read of a small tree.
struct small_tree_damage {
  std::vector<key_range> lost;   // device ids behind damaged nodes, ascending
  std::vector<damage> findings;  // one for each of them

  bool damaged() const { return !lost.empty(); }
  // The first device that may be lost; none: the tree is whole.
  std::optional<device_id> lost_from() const;
  void report(damage_sink& to) const;
};

struct top_level : small_tree_damage {
  std::map<device_id, metadata_block> roots;  // of the devices' mapping trees
};

struct details_table : small_tree_damage {
  std::map<device_id, device_details> devices;
};

// Blocks from nr_blocks on do not exist.
top_level read_top_level(batch_reader& reader, metadata_block root, metadata_block nr_blocks,
                         which_metadata view = which_metadata::active);
details_table read_details(batch_reader& reader, metadata_block root, metadata_block nr_blocks,
                           which_metadata view = which_metadata::active);

// The trees that the layout chose. Findings go to the sink, too.
top_level read_top_level(batch_reader& reader, const pool_layout& layout, damage_sink& sink);
details_table read_details(batch_reader& reader, const pool_layout& layout, damage_sink& sink);

}  // namespace pdata
