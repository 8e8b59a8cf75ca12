// What new metadata must be beyond what the format asks for, judged on what the
// plain reader of tests/support finds. Throws std::runtime_error at the first
// thing that is not exactly as it should be.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/device_details.h"
#include "persistent-data/format/mapping_value.h"
#include "persistent-data/format/superblock.h"
#include "persistent-data/io/memory_device.h"

namespace test_support {

struct read_tree {
  std::vector<std::uint64_t> keys;
  std::vector<std::vector<std::byte>> values;
  std::vector<pdata::metadata_block> leaves;  // in order of keys
  std::set<pdata::metadata_block> nodes;      // all of them
  std::uint32_t height = 0;                   // a leaf alone: 0
};

// Requires of a tree: sound nodes, leaves at one depth, keys ascending, each
// separator the first key below it, no node but the root less than a third full, a
// root with children more than one of them.
read_tree read_whole_tree(const pdata::memory_device& device, pdata::metadata_block root,
                          std::uint32_t value_size);

struct audited_device {
  pdata::device_details details;
  std::map<pdata::thin_block, pdata::mapping> mappings;
  std::vector<pdata::metadata_block> leaves;
};

struct audited_pool {
  pdata::superblock superblock;
  std::map<pdata::device_id, audited_device> devices;
  std::uint64_t nr_metadata_used = 0;
};

// Reads a pool without a metadata snapshot. Requires every count of both space
// maps to be what is counted from the trees, every summary to be exact, and
// mapped_blocks to be right.
audited_pool audit_pool(const pdata::memory_device& device);

}  // namespace test_support
