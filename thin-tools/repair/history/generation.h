// States of the metadata that are still on disk, found without the superblock.
// Copy-on-write leaves the state before the last commit whole, and often parts
// of older ones; each has its own metadata space map, and what that map calls
// live hangs together: the nodes that nobody refers to are the roots.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "persistent-data/format/space_map_root.h"
#include "persistent-data/survey/stored_counts.h"
#include "thin-tools/repair/scan/device_scan.h"

namespace thin_tools {

struct generation {
  pdata::metadata_block index = 0;  // the index block of its metadata space map
  pdata::stored_counts counts;
  // Live nodes without a parent, ascending. Damage may add to them.
  std::vector<pdata::metadata_block> details_roots;
  std::vector<pdata::metadata_block> mapping_roots;  // top level trees, or what may be one
  std::vector<pdata::metadata_block> snapshots;      // superblocks of held metadata snapshots
  // Of the data space map.
  std::vector<pdata::metadata_block> data_index_roots;
  std::vector<pdata::metadata_block> data_overflow_roots;
  // By the details, as far as they can be read.
  std::map<pdata::device_id, std::uint64_t> mapped_blocks;
  std::uint32_t newest_time = 0;
  std::uint64_t newest_transaction = 0;

  explicit generation(pdata::stored_counts from) : counts(std::move(from)) {}
};

// What a space map describes, whether or not it contradicts itself.
generation survey(const device_scan& device, pdata::metadata_block index,
                  pdata::stored_counts counts);

// The state that a space map describes, if it contradicts nothing.
std::optional<generation> classify(const device_scan& device, pdata::metadata_block index,
                                   pdata::stored_counts counts);

// The data space map, as its own has it; nothing if more than one tree may be it.
std::optional<pdata::space_map_root> data_map_of(const device_scan& device,
                                                 const generation& state);

}  // namespace thin_tools
