// What a pool's metadata says, read by the plainest code that can: one image in
// memory, recursion, maps. Everything that is not as the format wants it becomes
// a line of text, and what hangs below is left out.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/support/plain_format.h"

namespace plain {

struct mapping {
  u64 block = 0;
  u32 time = 0;
  friend bool operator==(const mapping&, const mapping&) = default;
};
using mapping_table = std::map<u64, mapping>;
using count_table = std::map<u64, u32>;  // counts above 0

struct details {
  u64 mapped_blocks = 0;
  u64 transaction_id = 0;
  u32 creation_time = 0;
  u32 snapshotted_time = 0;
};

// A node on its way through one tree.
struct tree_node {
  u64 location = 0;
  u32 depth = 0;  // of the root: 0
  node_header header;
  u64 separator = 0;  // the key that the parent has for it; 0 for the root
  u64 first_key = 0;  // of an empty node: 0
};

struct tree_entry {
  u64 key = 0;
  bytes value;
  u64 leaf = 0;
};

struct tree {
  std::vector<tree_node> nodes;     // in order of keys, parents first
  std::vector<tree_entry> entries;  // of leaves, in order
  std::vector<std::string> faults;
};

// A tree whose leaves hold values of value_size bytes.
tree read_tree(bytes image, u64 root, u32 value_size);

struct device {
  u64 root = 0;
  details about;  // zeroes if the details tree does not name it
  mapping_table mappings;
  std::map<u64, u64> leaves;  // by the first key in them
};

struct bitmap {
  u64 location = 0;
  u32 nr_free = 0;           // as the index says
  u32 none_free_before = 0;  // likewise
  u32 found_free = 0;        // counts of 0, those behind the end of the device too
  u64 first_free = 0;        // the first count of 0; counts_of_bitmap if there is none
};

struct space_map {
  count_table counts;
  count_table overflow;
  std::vector<bitmap> bitmaps;
};

// What blocks are for; a block that serves for several things has several.
enum class part {
  superblock,
  held_superblock,
  details,
  top_level,
  device_root,
  internal,
  leaf,
  data_index,  // nodes of the tree of bitmaps
  data_bitmap,
  data_overflow,
  metadata_index,
  metadata_bitmap,
  metadata_overflow,
};

struct pool {
  superblock fields;
  std::map<u64, device> devices;
  std::map<u64, device> held_devices;  // of a metadata snapshot
  std::set<u64> without_details;
  std::set<u64> without_mappings;  // details, but no entry in the top level
  // Found by walking everything from the superblock and the metadata snapshot.
  count_table metadata_references;
  count_table data_references;
  // As the space maps say.
  space_map metadata;
  space_map data;
  std::map<part, std::set<u64>> parts;  // the metadata snapshot's trees left out
  std::vector<std::string> faults;

  u64 nr_mappings() const;
};

// A superblock that is not sound leaves everything empty but the faults.
pool read_pool(bytes image);
pool read_pool_at(bytes image, u64 superblock_location);

}  // namespace plain
