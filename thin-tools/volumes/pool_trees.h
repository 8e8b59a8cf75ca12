// Where the volumes of a pool are read from: trees, and what is known of them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "persistent-data/io/batch_reader.h"
#include "persistent-data/stream/pool_reader.h"
#include "thin-tools/volumes/pool_volumes.h"

namespace thin_tools {

// A tree that can be read, and what was known to be lost before.
struct volume_tree {
  pdata::streamed_device from;
  std::optional<std::uint64_t> expected;  // mappings
  std::vector<lost_part> lost;
  bool lost_anywhere = false;
  std::string remarks;  // guesses, in lines
};

struct pool_volumes::trees {
  virtual ~trees() = default;
  virtual pdata::batch_reader& reader() = 0;

  std::string name;
  pdata::stream_superblock superblock;
  std::uint64_t nr_data_blocks = 0;  // mappings beyond cannot be true
  bool nr_data_blocks_known = true;
  pdata::metadata_block nr_blocks = 0;
  pdata::which_metadata view = pdata::which_metadata::active;
  bool refuses = false;  // damage
  bool repaired = false;
  bool proven = false;               // of repaired ones: nothing was lost
  std::vector<volume_tree> volumes;  // ascending
  std::vector<lost_volume> lost;
  std::string remarks;
};

// The trees as they are.
std::unique_ptr<pool_volumes::trees> open_trees(const pool_request& wanted);
// What a repair would write.
std::unique_ptr<pool_volumes::trees> open_repaired(const pool_request& wanted);

}  // namespace thin_tools
