// The first step of every offline tool: superblock and metadata snapshot are
// proven, overrides applied, and it is known how large the pool's devices are
// and which trees to read.
//
// What Linux 6.1 dm-thin-metadata.c refuses to open is fatal here, and so is a
// version that neither the kernel nor any tool ever wrote. Roots are not judged
// here: whoever reads a tree reports that it lies outside the device.
#pragma once

#include <optional>
#include <string>

#include "persistent-data/format/damage.h"
#include "persistent-data/format/superblock.h"
#include "persistent-data/io/block_device.h"

namespace pdata {

struct layout_options {
  bool from_snapshot = false;                       // read the metadata snapshot's trees
  std::optional<metadata_block> snapshot_location;  // with from_snapshot: instead of held_root
  std::optional<metadata_block> mapping_root;       // instead of the superblock's
  std::optional<metadata_block> details_root;

  which_metadata view() const {
    return from_snapshot ? which_metadata::snapshot : which_metadata::active;
  }
};

struct pool_layout {
  superblock active;                     // block 0
  std::optional<superblock> snapshot;    // the copy of the metadata snapshot, if held and sound
  metadata_block snapshot_location = 0;  // where the copy is or should be; 0: none is held

  // Blocks of the metadata device that the format can address: the bound of
  // every reader.
  metadata_block nr_metadata_blocks = 0;
  // Data blocks that space map and metadata can describe: a bound of memory.
  std::uint64_t nr_data_blocks = 0;

  // False if a space map claims a size that cannot be: its counts mean nothing.
  bool sizes_sound = true;

  // The trees that the options choose.
  metadata_block mapping_root = 0;
  metadata_block details_root = 0;
  bool overridden = false;  // they are not the superblock's own

  // The superblock that the options choose.
  bool from_snapshot = false;
  const superblock& chosen() const { return from_snapshot ? *snapshot : active; }
  which_metadata view() const {
    return from_snapshot ? which_metadata::snapshot : which_metadata::active;
  }
};

// Reads the layout. Findings that leave metadata readable go to the sink, those
// about the snapshot also where it was not asked for. Throws error, naming the
// device by `name`, if the superblock cannot be read or used, or a snapshot is
// asked for and none is there or its superblock cannot be used.
pool_layout read_layout(block_device& device, const std::string& name,
                        const layout_options& options, damage_sink& sink);

// The parts, for tools that report rather than give up.

// None, and at least one finding, if the block cannot be used as a superblock.
std::optional<superblock> examine_superblock(block_view block, metadata_block location,
                                             which_metadata view, damage_sink& sink);
// Only block 0 is looked at, with what it says of the sizes of the devices.
std::optional<pool_layout> examine_layout(block_device& device, block_view first_block,
                                          damage_sink& sink);
// Adds the snapshot that is held, if its superblock is sound.
void examine_snapshot(block_device& device, pool_layout& layout, damage_sink& sink);
// Follows the options. Requires a snapshot if they ask for it.
void choose_trees(pool_layout& layout, const layout_options& options);

// Reads block 0. Throws error if it cannot be read.
void read_first_block(block_device& device, const std::string& name, block_span to);
// True if the block has nothing of a thin superblock: neither checksum nor magic.
bool is_foreign(block_view first_block);
// Ends with error: no superblock, what it seems to be instead, and where metadata begins if
// that is found.
[[noreturn]] void throw_not_metadata(block_device& device, const std::string& name);

}  // namespace pdata
