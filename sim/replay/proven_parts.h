// What need not be read again, because reading it could not show anything else. A stretch of a
// device was found right by a read; it still is where the same data blocks are mapped, nobody
// has written to these since, and the device must hold the same. Snapshots of one device have
// nearly all in common, so that a snapshot costs what was changed.
//
// Of what a device must hold it is asked whether it is the very same leaf of the map
// (written_map.h), which nobody changes as long as this holds on to it.
#pragma once

#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sim/replay/data_writes.h"
#include "sim/replay/written_map.h"

namespace sim::replay {

class proven_parts {
 public:
  explicit proven_parts(sector block_sectors)
      : block_sectors_(block_sectors), writes_(block_sectors) {}

  data_writes& watch() { return writes_; }

  using mapping = std::pair<pdata::thin_block, pdata::data_block>;

  // One device, which is verified without anything happening meanwhile. Its mappings are in
  // order and stay until the end; its leaves come in order.
  void begin_device(std::span<const mapping> mappings) {
    mappings_ = mappings;
    leaves_.clear();
    next_mapping_ = 0;
    next_leaf_ = 0;
  }
  void add_leaf(const written_map::leaf_pointer& leaf, sector first);

  // All of the sectors were read before. Requires their leaves; cheap where questions ascend.
  bool is_proven(sector first, sector count) const;

  // All that was not proven has been read, and is right.
  void end_device();

  // Anything may be on the data device now.
  void forget_all() { known_.clear(); }

 private:
  // Where a leaf's blocks lie.
  struct proof {
    written_map::leaf_pointer leaf;
    std::vector<mapping> mappings;
    round_number round = 0;
  };
  struct device_leaf {
    sector first = 0;
    written_map::leaf_pointer leaf;  // null: it is proven
    std::size_t mappings_begin = 0;  // of the device's
    std::size_t mappings_end = 0;
  };

  bool still_holds(const proof& known, std::span<const mapping> mappings) const;
  void forget_unused();

  sector block_sectors_;
  data_writes writes_;
  std::unordered_map<const void*, proof> known_;  // by the leaf's address
  std::span<const mapping> mappings_;
  std::size_t next_mapping_ = 0;
  std::vector<device_leaf> leaves_;
  mutable std::size_t next_leaf_ = 0;  // where the last question was
  std::size_t forget_at_ = 0;          // so many proofs
};

}  // namespace sim::replay
