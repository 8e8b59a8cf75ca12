// What a pool shows that is brought up after a loss of power: the offline
// check's judgement of its metadata, the devices and where their sectors lie,
// and whether it goes on working. It follows from the metadata alone, and from
// few blocks of it: those that were read are noted, so that every state which
// agrees in them has the same survivor.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sim/explore/invariants.h"
#include "sim/explore/metadata_states.h"
#include "sim/kernel/kernel_version.h"
#include "sim/thin/dialect.h"

namespace sim::explore {

// What the pool's table says after the crash, and the disks' sizes.
struct pool_geometry {
  std::uint64_t metadata_blocks = 0;
  std::uint64_t data_blocks = 0;
  sector block_sectors = 128;
  sector device_sectors = 0;  // of every thin device
  dialect_choice speaks;
  kernel_version kernel = kernel_version::linux_6_1;
  std::string features;  // of the table line, "1 skip_block_zeroing"

  friend bool operator==(const pool_geometry& a, const pool_geometry& b) {
    return a.metadata_blocks == b.metadata_blocks && a.data_blocks == b.data_blocks &&
           a.block_sectors == b.block_sectors && a.device_sectors == b.device_sectors &&
           a.features == b.features && a.speaks.speaks == b.speaks.speaks &&
           a.speaks.lacks == b.speaks.lacks && a.kernel == b.kernel;
  }
};

struct mapped_run {
  sector first = 0;  // of the thin device
  sector count = 0;
  sector data = 0;  // of the data device
  friend bool operator==(const mapped_run&, const mapped_run&) = default;
};

struct survivor {
  bool is_formatted = true;  // false: a first block of zeroes; the pool is empty
  bool comes_up = true;
  std::uint64_t leaked_metadata_blocks = 0;
  std::uint64_t leaked_data_blocks = 0;
  std::uint64_t transaction_id = 0;
  std::map<pdata::device_id, std::vector<mapped_run>> devices;
  // The runs of all devices by where they lie; a shared one is there more than once.
  struct placed_run {
    sector data = 0;
    sector first = 0;
    sector count = 0;
    pdata::device_id device = 0;
  };
  std::vector<placed_run> by_place;  // ascending
  sector longest_run = 0;
  std::vector<violation> problems;

  struct read_block {
    metadata_block location = 0;
    hash128 hash;
  };
  std::vector<read_block> read;  // ascending; all that it follows from
};
using survivor_ptr = std::shared_ptr<const survivor>;

// The metadata of a state: what was chosen, else what is durable.
class chosen_metadata {
 public:
  chosen_metadata(const metadata_states& states, const block_choice& chosen)
      : states_(states), chosen_(chosen) {}

  const block_ptr& at(metadata_block block) const {
    if (!chosen_.empty())
      if (const auto found = chosen_.find(block); found != chosen_.end()) return found->second;
    return states_.durable(block);
  }

 private:
  const metadata_states& states_;
  const block_choice& chosen_;
};

survivor bring_up(const chosen_metadata& metadata, const pool_geometry& geometry);

// Survivors by the blocks they follow from. Used by several threads.
class survivor_cache {
 public:
  // How many are kept; more are brought up again.
  explicit survivor_cache(std::size_t most = 200'000) : most_(most) {}

  struct answer {
    survivor_ptr what;
    bool is_new = false;  // it was brought up for this call
  };
  answer find(const chosen_metadata& metadata, const pool_geometry& geometry);

  std::uint64_t nr_brought_up() const { return nr_brought_up_; }

 private:
  struct entry {
    pool_geometry geometry;
    survivor_ptr what;
  };

  // Requires the mutex.
  survivor_ptr look_up(const hash128& key, const chosen_metadata& metadata,
                       const pool_geometry& geometry) const;

  std::size_t most_;
  mutable std::shared_mutex mutex_;
  std::unordered_map<hash128, std::vector<entry>, hash128_as_key> entries_;  // by superblock
  std::size_t nr_entries_ = 0;
  std::uint64_t nr_brought_up_ = 0;
};

}  // namespace sim::explore
