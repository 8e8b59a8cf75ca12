// A device with a volatile write cache: shows what may be left of it after a
// loss of power.
#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <random>
#include <vector>

#include "persistent-data/io/memory_device.h"

namespace test_support {

class power_loss_device : public pdata::block_device {
 public:
  explicit power_loss_device(pdata::metadata_block nr_blocks)
      : seen_(nr_blocks), durable_(nr_blocks) {}

  pdata::metadata_block nr_blocks() const override { return seen_.nr_blocks(); }
  pdata::status read(pdata::metadata_block first, std::span<std::byte> to) override {
    return seen_.read(first, to);
  }
  pdata::status write(pdata::metadata_block first, std::span<const std::byte> from) override {
    for (std::size_t at = 0; at < from.size(); at += pdata::block_size) {
      pending_write& pending = pending_.emplace_back();
      pending.location = first + at / pdata::block_size;
      std::memcpy(pending.data.bytes.data(), from.data() + at, pdata::block_size);
    }
    return seen_.write(first, from);
  }
  // Called by each flush before it takes effect, with what would be left then.
  void on_flush(std::function<void(const pdata::memory_device&)> visit) {
    visit_ = std::move(visit);
  }

  pdata::status flush() override {
    if (visit_) visit_(after_power_loss(++nr_flushes_));
    for (const pending_write& pending : pending_) durable_.at(pending.location) = pending.data;
    pending_.clear();
    return pdata::success;
  }

  // What was flushed, and each later write or not, by chance.
  pdata::memory_device after_power_loss(std::uint64_t seed) const {
    std::mt19937_64 random(seed);
    pdata::memory_device left = durable_;
    for (const pending_write& pending : pending_)
      if (random() % 2 == 0) left.at(pending.location) = pending.data;
    return left;
  }

 private:
  struct pending_write {
    pdata::metadata_block location = 0;
    pdata::block_buffer data;
  };

  pdata::memory_device seen_;
  pdata::memory_device durable_;
  std::vector<pending_write> pending_;
  std::function<void(const pdata::memory_device&)> visit_;
  std::uint64_t nr_flushes_ = 0;
};

}  // namespace test_support
