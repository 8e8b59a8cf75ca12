// A device in memory, for tests and for metadata that is built before it is
// written.
#pragma once

#include <cstring>
#include <vector>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/memory_room.h"
#include "persistent-data/io/block_device.h"

namespace pdata {

class memory_device : public block_device {
 public:
  explicit memory_device(metadata_block nr_blocks) : blocks_(to_room(nr_blocks)) {}

  metadata_block nr_blocks() const override { return blocks_.size(); }

  status read(metadata_block first, std::span<std::byte> to) override {
    if (!covers(first, to.size())) return status(EIO);
    std::memcpy(to.data(), blocks_.data() + first, to.size());
    return success;
  }

  status write(metadata_block first, std::span<const std::byte> from) override {
    if (!covers(first, from.size())) return status(EIO);
    std::memcpy(static_cast<void*>(blocks_.data() + first), from.data(), from.size());
    return success;
  }

  status flush() override { return success; }

  block_buffer& at(metadata_block location) { return blocks_.at(to_size(location)); }
  const block_buffer& at(metadata_block location) const { return blocks_.at(to_size(location)); }

  void resize(metadata_block nr_blocks) { blocks_.resize(to_room(nr_blocks)); }

 private:
  bool covers(metadata_block first, std::size_t bytes) const {
    return first <= blocks_.size() && bytes / block_size <= blocks_.size() - first;
  }

  std::vector<block_buffer> blocks_;
};

}  // namespace pdata
