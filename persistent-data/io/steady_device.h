// A device whose blocks stay as they were when they were first read. Who reads a block
// twice and works with both would otherwise follow what is not there any more: an active pool,
// or a disk that is failing, changes blocks in between. Read-only.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "persistent-data/io/block_device.h"

namespace pdata {

class steady_device : public block_device {
 public:
  // `name` stands for the device in errors.
  steady_device(block_device& device, std::string name);

  metadata_block nr_blocks() const override { return nr_blocks_; }

  // A block that could not be read stays unreadable. Throws error if a block is not what it
  // was, or cannot be read any more.
  status read(metadata_block first, std::span<std::byte> to) override;
  status write(metadata_block, std::span<const std::byte>) override { return status(EROFS); }
  status flush() override { return success; }

 private:
  using mark = std::atomic<std::uint32_t>;

  bool agrees(metadata_block location, std::uint32_t now);

  block_device& device_;
  std::string name_;
  metadata_block nr_blocks_;
  std::unique_ptr<mark[]> marks_;  // of each block, as first read
};

}  // namespace pdata
