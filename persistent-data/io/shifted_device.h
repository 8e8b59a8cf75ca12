// A device that begins some bytes into another one. Read-only.
#pragma once

#include "persistent-data/io/block_device.h"

namespace pdata {

class shifted_device : public block_device {
 public:
  // Requires `offset`, in bytes, below the device's size.
  shifted_device(block_device& device, std::uint64_t offset);

  metadata_block nr_blocks() const override { return nr_blocks_; }
  status read(metadata_block first, std::span<std::byte> to) override;
  status write(metadata_block, std::span<const std::byte>) override { return status(EROFS); }
  status flush() override { return success; }

 private:
  block_device& device_;
  metadata_block whole_blocks_;  // of the offset
  std::size_t rest_;             // bytes
  metadata_block nr_blocks_;
};

}  // namespace pdata
