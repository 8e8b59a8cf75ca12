// A device that fails on demand: wraps another one.
#pragma once

#include <cstdint>
#include <optional>

#include "persistent-data/io/block_device.h"

namespace test_support {

class fault_device : public pdata::block_device {
 public:
  explicit fault_device(pdata::block_device& inner) : inner_(inner) {}

  // The Nth operation from now on (0: the next one) fails with EIO, once.
  void fail_after(std::uint64_t operations) { countdown_ = operations; }
  void never_fail() { countdown_.reset(); }
  bool has_failed() const { return has_failed_; }

  pdata::metadata_block nr_blocks() const override { return inner_.nr_blocks(); }
  pdata::status read(pdata::metadata_block first, std::span<std::byte> to) override {
    return fails() ? pdata::status(EIO) : inner_.read(first, to);
  }
  pdata::status write(pdata::metadata_block first, std::span<const std::byte> from) override {
    return fails() ? pdata::status(EIO) : inner_.write(first, from);
  }
  pdata::status flush() override { return fails() ? pdata::status(EIO) : inner_.flush(); }

 private:
  bool fails() {
    if (!countdown_) return false;
    if ((*countdown_)-- != 0) return false;
    countdown_.reset();
    has_failed_ = true;
    return true;
  }

  pdata::block_device& inner_;
  std::optional<std::uint64_t> countdown_;
  bool has_failed_ = false;
};

}  // namespace test_support
