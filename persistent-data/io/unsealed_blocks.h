// For devices that hold metadata in memory: what most versions of a block that is copied on
// write cost, though nobody ever reads them, is saved.
#pragma once

#include "persistent-data/base/ids.h"
#include "persistent-data/base/status.h"
#include "persistent-data/format/block.h"
#include "persistent-data/format/checksum.h"

namespace pdata {

// A block whose number and checksum are not in it yet.
struct unsealed_block {
  metadata_block location = 0;
  block_kind kind = block_kind::btree_node;
  metadata_block like = 0;  // the block that it was copied from and is nearly equal to, if any;
                            // else itself
  block_view bytes;
};

class unsealed_blocks {
 public:
  virtual ~unsealed_blocks() = default;

  // To be asked before blocks are written; else they are written sealed.
  virtual bool takes_unsealed() const = 0;
  // As block_device::write(): whoever reads the block finds it sealed.
  virtual status write_unsealed(const unsealed_block& block) = 0;

  // Whether nobody reads the device but through the one cache of its blocks, until that is
  // reset. Then the cache says how many it has written, and hands over only those that it
  // does not keep; versions that the next one has taken the place of it may drop.
  virtual bool may_be_late() const { return false; }
  virtual void note_late(std::size_t /*nr_blocks*/) {}
  virtual void store_late(const unsealed_block& /*block*/) {}
};

}  // namespace pdata
