// A device with one block that cannot be read.
#pragma once

#include "persistent-data/io/block_device.h"

namespace test_support {

class bad_block_device : public pdata::block_device {
 public:
  bad_block_device(pdata::block_device& device, pdata::metadata_block bad)
      : device_(device), bad_(bad) {}

  pdata::metadata_block nr_blocks() const override { return device_.nr_blocks(); }
  pdata::status read(pdata::metadata_block first, std::span<std::byte> to) override {
    const bool hit = bad_ >= first && bad_ < first + to.size() / pdata::block_size;
    return hit ? pdata::status(EIO) : device_.read(first, to);
  }
  pdata::status write(pdata::metadata_block first, std::span<const std::byte> from) override {
    return device_.write(first, from);
  }
  pdata::status flush() override { return device_.flush(); }

 private:
  pdata::block_device& device_;
  pdata::metadata_block bad_;
};

}  // namespace test_support
