// Where a reader of metadata can stand: what a page of thin_explore is about.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "persistent-data/base/ids.h"
#include "persistent-data/base/key_range.h"
#include "persistent-data/btree/tree_graph.h"
#include "persistent-data/space-map/space_map_reader.h"

namespace thin_tools::explore {

// Which superblock's trees: the active one's, or those of the metadata snapshot's copy.
using view = pdata::which_metadata;

struct superblock_place {
  view of = view::active;
};
struct devices_place {
  view of = view::active;
};
struct device_place {
  view of = view::active;
  pdata::device_id id = 0;
};
// A node that is met on the way down a tree.
struct node_place {
  pdata::metadata_block location = 0;
  pdata::tree_shape shape = pdata::mapping_tree_shape;
  view of = view::active;
  std::optional<pdata::device_id> device;  // of mapping trees
  // The keys that are looked up here; none: the way here is not known.
  std::optional<pdata::key_range> expected = pdata::key_range{};
  std::optional<std::uint64_t> key;  // the entry to stand on
};
struct space_map_place {
  pdata::space_map_kind kind = pdata::space_map_kind::data;
};
struct bitmap_place {
  pdata::space_map_kind kind = pdata::space_map_kind::data;
  std::uint64_t number = 0;
  std::optional<std::uint64_t> block;  // to stand on
};
// A metadata block by its own account.
struct block_place {
  pdata::metadata_block location = 0;
};
struct data_place {
  pdata::data_block block = 0;
};
struct findings_place {};
struct help_place {};

using place =
    std::variant<superblock_place, devices_place, device_place, node_place, space_map_place,
                 bitmap_place, block_place, data_place, findings_place, help_place>;

}  // namespace thin_tools::explore
