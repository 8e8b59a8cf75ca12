// How far a long run is: written by its workers, read by whoever shows it.
#pragma once

#include <atomic>
#include <cstdint>

#include "persistent-data/io/block_device.h"

namespace thin_tools {

struct check_progress {
  std::atomic<const char*> phase{""};
  std::atomic<std::uint64_t> blocks_read{0};
  std::atomic<std::uint64_t> blocks_expected{0};  // 0: not known yet
};

// Counts the blocks that are read through it.
class counting_device : public pdata::block_device {
 public:
  counting_device(pdata::block_device& device, check_progress* progress)
      : device_(device), progress_(progress) {}

  pdata::metadata_block nr_blocks() const override { return device_.nr_blocks(); }
  pdata::status read(pdata::metadata_block first, std::span<std::byte> to) override {
    if (progress_ != nullptr)
      progress_->blocks_read.fetch_add(to.size() / pdata::block_size, std::memory_order_relaxed);
    return device_.read(first, to);
  }
  pdata::status write(pdata::metadata_block first, std::span<const std::byte> from) override {
    return device_.write(first, from);
  }
  pdata::status flush() override { return device_.flush(); }

 private:
  pdata::block_device& device_;
  check_progress* progress_;
};

}  // namespace thin_tools
