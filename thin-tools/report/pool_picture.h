// What a report shows of a pool: sums of its metadata, none of which grows with the
// number of its mappings.
//
// Numbers of blocks are data blocks unless they say metadata. Of damaged metadata they count
// what can be read; `complete` tells.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "persistent-data/base/ids.h"
#include "persistent-data/format/damage.h"
#include "persistent-data/format/device_details.h"
#include "persistent-data/survey/metadata_usage.h"
#include "thin-tools/page/data_map.h"
#include "thin-tools/page/run_bucket.h"

namespace thin_tools::report {

// How mappings lie on the data device.
struct layout_facts {
  std::uint64_t runs = 0;  // consecutive virtual blocks on consecutive data blocks
  std::uint64_t longest_run = 0;
  std::uint64_t adjacent_pairs = 0;    // virtual neighbours, both mapped
  std::uint64_t sequential_pairs = 0;  // of those, neighbours on the data device
  std::vector<page::run_bucket> by_length;

  // Percent of the virtual neighbours; none: there are no neighbours.
  std::optional<double> sequential_percent() const;
  void add(const layout_facts& other);
};

// The shape of a tree, or of several together.
struct tree_facts {
  std::uint64_t depth = 0;  // nodes from the root to a leaf
  std::uint64_t internal_nodes = 0;
  std::uint64_t leaves = 0;
  std::uint64_t unreadable_nodes = 0;
  std::uint64_t entries = 0;  // of the leaves
  std::uint64_t room = 0;     // entries that these leaves have room for

  std::uint64_t nodes() const { return internal_nodes + leaves; }  // that could be read
  std::optional<double> fill_percent() const;                      // none: no leaf
};

struct device_picture {
  pdata::device_id id = 0;
  std::optional<pdata::device_details> details;  // none: the details tree does not have it
  bool has_tree = false;                         // the top level tree has it
  bool whole = true;                             // no part of its tree is damaged
  std::uint64_t mapped = 0;     // mappings; more or fewer than its details say if damaged
  std::uint64_t exclusive = 0;  // data blocks that no other device maps
  std::optional<pdata::thin_block> highest;  // virtual block
  layout_facts layout;
  tree_facts tree;
  std::uint32_t oldest = 0;  // of the times of its mappings; meaningless without any
  std::uint32_t newest = 0;
  std::size_t group = 0;  // index in pool_picture::groups

  // Mappings of blocks that other devices map, too.
  std::uint64_t shared() const { return mapped - std::min(mapped, exclusive); }
};

// Devices that share data blocks with each other, directly or by way of others: a volume and its
// snapshots. No block belongs to two groups.
struct device_group {
  std::vector<pdata::device_id> devices;  // ascending
  std::uint64_t blocks = 0;               // that any of them maps: deleting all frees these
  std::uint64_t exclusive = 0;            // of these, mapped by one of them only
};

// Mappings by the pool's clock when they were made; both ends included.
struct time_bin {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t count = 0;
};

// Virtual blocks of a device, or devices, that damage costs.
struct lost_range {
  std::optional<pdata::device_id> device;  // none: `range` is of device ids
  pdata::key_range range;
  pdata::damage why;
};

// The verdict of thin_check and what it rests on.
struct pool_health {
  std::string verdict;  // as thin_check's JSON names it
  std::string advice;   // "": none
  std::vector<pdata::damage> findings;
  std::uint64_t unlisted = 0;  // findings beyond those
  std::uint64_t fatal = 0;
  std::uint64_t leaks = 0;
  std::uint64_t tolerable = 0;
  std::uint64_t leaked_data = 0;
  std::uint64_t leaked_metadata = 0;
  std::vector<std::string> not_checked;

  bool damaged() const { return fatal != 0; }
  // Of the mapping trees and the tree above them, in the order of the findings.
  std::vector<lost_range> lost(pdata::which_metadata view) const;
};

// Metadata blocks by what they are for.
struct metadata_part {
  std::string what;
  std::uint64_t blocks = 0;
};

struct named_tree {
  std::string what;
  tree_facts facts;
};

inline constexpr std::size_t fill_steps = 10;

// What could be read behind a sound superblock.
struct pool_contents {
  pdata::which_metadata view = pdata::which_metadata::active;
  pdata::metadata_block snapshot_location = 0;  // 0: none is held
  std::uint64_t transaction = 0;
  std::uint32_t time = 0;  // the pool's clock: it counts snapshots
  std::uint32_t block_sectors = 0;
  std::uint64_t data_blocks = 0;       // of the data device
  std::uint64_t data_blocks_used = 0;  // as the data space map's root says
  pdata::metadata_usage metadata;
  bool complete = true;  // no device and no mapping is missing
  bool whole = true;     // nor any other block: all trees and both space maps could be read

  std::vector<device_picture> devices;  // ascending by id
  std::vector<device_group> groups;     // most blocks first
  std::uint64_t mapped_blocks = 0;      // data blocks that any device maps
  std::uint64_t shared_blocks = 0;      // that several devices map
  std::uint64_t mappings = 0;           // of all devices
  std::uint64_t mappings_beyond = 0;    // of blocks that the data device does not have
  layout_facts layout;                  // of all devices
  std::vector<page::map_cell> map;
  std::vector<time_bin> mapping_times;        // of all devices' mappings
  std::uint64_t mappings_ahead = 0;           // times above the pool's clock
  std::vector<time_bin> device_transactions;  // devices by the transaction that made them
  std::vector<named_tree> trees;
  std::uint64_t leaf_fill[fill_steps] = {};   // leaves of mapping trees, by tenths of their room
  std::vector<metadata_part> metadata_parts;  // of the active metadata alone

  std::uint64_t block_bytes() const { return block_sectors * pdata::sector_bytes; }
};

struct pool_picture {
  std::string name;  // of the file or device
  pool_health health;
  std::optional<pool_contents> contents;          // none: its superblock cannot be used
  std::map<pdata::device_id, std::string> names;  // of volumes, where they are known
  std::vector<std::string> lvm_remarks;  // where LVM2's backup does not agree with the metadata
};

}  // namespace thin_tools::report
