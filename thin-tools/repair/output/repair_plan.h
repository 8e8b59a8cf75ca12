// What a repair will write, decided completely before anything is written: the
// superblock's values, the devices with their details and trees, and an account
// of what was kept, found again, guessed and lost.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "persistent-data/format/device_details.h"
#include "persistent-data/stream/metadata_stream.h"
#include "thin-tools/repair/pool_view.h"
#include "thin-tools/repair/scan/census.h"
#include "thin-tools/repair/trees/device_trees.h"

namespace thin_tools {

// Virtual blocks of a device whose mappings are gone, as far as they had any.
struct lost_range {
  pdata::key_range blocks;
  std::string reason;
  friend bool operator==(const lost_range&, const lost_range&) = default;
};

struct recovered_device {
  pdata::device_id id = 0;
  pdata::metadata_block root = 0;
  pdata::device_details details;          // as they will be written
  std::optional<std::uint64_t> expected;  // mapped blocks by the old details
  std::uint64_t nr_regained = 0;          // mappings in subtrees that had lost their parent
  std::uint64_t nr_agreed = 0;   // of these: on which all subtrees agree that may belong there
  std::uint64_t nr_likely = 0;   // mappings of older copies of leaves
  std::uint64_t nr_dropped = 0;  // mappings to data blocks that cannot exist
  std::uint64_t nr_reused = 0;   // to data blocks that the superblock's state maps elsewhere
  std::uint64_t nr_lost_ranges = 0;
  std::vector<lost_range> lost;  // the first of them
  std::vector<std::string> guesses;

  std::uint64_t nr_kept() const { return details.mapped_blocks; }
  // Fewer mappings than the details say is a loss, wherever they were.
  std::uint64_t nr_missing() const {
    return expected && *expected > nr_kept() ? *expected - nr_kept() : 0;
  }
  bool guessed() const { return !guesses.empty(); }
  bool complete() const { return nr_lost_ranges == 0 && nr_dropped == 0 && nr_missing() == 0; }
};

// A device of which no mapping was found.
struct lost_device {
  pdata::device_id id = 0;
  std::optional<std::uint64_t> expected;
  std::string reason;
};

// How much of a pool is how certain.
struct repair_grades {
  std::uint64_t nr_sure = 0;      // mappings that follow from what is sound on the device
  std::uint64_t nr_likely = 0;    // that fit all of it, and others might
  std::uint64_t nr_left_out = 0;  // by the details of devices, as far as these are known
};

struct repair_plan {
  pdata::stream_superblock superblock;
  bool transaction_guessed = false;       // nothing that is left says the pool's transaction id
  std::vector<recovered_device> devices;  // ascending ids
  std::vector<lost_device> lost_devices;
  std::vector<std::string> notes;    // what was found and decided, in order
  std::vector<std::string> guesses;  // that concern the whole pool
  std::vector<std::string> losses;   // what no device's account says
  // Why it is not proven that nothing was lost; empty: the account is closed, every data
  // block is mapped as often as the counts of the last state say.
  std::vector<std::string> unproven;
  bool contradicted = false;  // data blocks are mapped more often than counted
  std::unique_ptr<mapping_forest> forest;
  std::vector<pdata::metadata_block> leaf_locations;  // of all leaves that are kept, ascending
  std::vector<pdata::node_index> agreed_leaves;       // of the forest, likewise
  std::unique_ptr<leaf_census> leaves;                // what they hold

  // What is kept of a leaf, which is read again, or what it is made of.
  pdata::entry_list entries_of(pdata::node_index leaf, pdata::block_device& source) const;
  bool lost_something() const;
  repair_grades grades() const;
  // Nothing was lost, and that is proven.
  bool account_closed() const { return !lost_something() && unproven.empty(); }
};

}  // namespace thin_tools
