// The seam between the format and the world: a device of 4096-byte blocks.
// Files, block devices, memory, and the simulator's disks implement it; faults
// are injected by an implementation that wraps another one.
#pragma once

#include <cstddef>
#include <span>

#include "persistent-data/base/ids.h"
#include "persistent-data/base/status.h"
#include "persistent-data/format/block.h"

namespace pdata {

class block_device {
 public:
  virtual ~block_device() = default;

  // Whole blocks; a partial block at the end does not count.
  virtual metadata_block nr_blocks() const = 0;

  // Reads consecutive blocks from `first` on. The buffer is a whole number of
  // blocks and aligned to one. May be called from several threads at once.
  // EIO also where the device ends early; the buffer's contents are then
  // undefined.
  virtual status read(metadata_block first, std::span<std::byte> to) = 0;

  // Writes consecutive blocks, same rules. Not durable before flush.
  virtual status write(metadata_block first, std::span<const std::byte> from) = 0;

  // Returns when all that was written is durable.
  virtual status flush() = 0;
};

}  // namespace pdata
