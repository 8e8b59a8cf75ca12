// What the metadata disk may hold after a loss of power: blocks that are
// durable, and for each block that was written since the last flush what any
// subset of those writes, torn at sectors, leaves in it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "persistent-data/base/ids.h"
#include "persistent-data/format/block.h"
#include "sim/disk/disk_watch.h"
#include "sim/explore/fingerprint.h"

namespace sim::explore {

using pdata::metadata_block;

struct stored_block {
  pdata::block_buffer data;
  hash128 hash;
};
using block_ptr = std::shared_ptr<const stored_block>;

block_ptr store_block(pdata::block_view bytes);
const block_ptr& zero_block();

// Blocks chosen in place of the durable ones.
using block_choice = std::map<metadata_block, block_ptr>;

class metadata_states : public disk_watch {
 public:
  // `torn_sectors`: how many sectors are written whole: 1, or 8 for disks of
  // 4096-byte sectors.
  explicit metadata_states(sector torn_sectors) : torn_sectors_(torn_sectors) {}

  void write_began(sector first, sector count, const content& what) override;
  void write_is_durable(sector first, sector count, const content& what) override;
  void flushed() override;
  void discard_began(sector, sector) override {}
  void discard_ended(sector, sector) override {}

  // What was not flushed is gone.
  void power_lost();

  const block_ptr& durable(metadata_block block) const;
  bool has_unflushed(metadata_block block) const;
  // All that the block may hold, the durable contents first, then what each
  // write leaves whole, then the torn ones; at most `limit`, and then `is_all`
  // is false.
  std::vector<block_ptr> alternatives(metadata_block block, std::size_t limit, bool& is_all) const;

  struct write {
    metadata_block block = 0;
    block_ptr what;
  };
  // In their order since the last flush.
  const std::vector<write>& unflushed() const { return unflushed_; }

  std::uint64_t version() const { return version_; }
  void add_to(fingerprint& to) const;

 private:
  void put_durable(metadata_block block, block_ptr what);
  template <class Visit>
  void for_each_block(sector first, sector count, const content& what, Visit visit) const;

  sector torn_sectors_;
  std::unordered_map<metadata_block, block_ptr> durable_;
  hash128 durable_sum_;  // independent of the order
  std::vector<write> unflushed_;
  std::uint64_t version_ = 0;
};

}  // namespace sim::explore
