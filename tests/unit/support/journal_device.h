// A device that remembers what was written to it, and can be put back to any
// moment: what a crash leaves.
#pragma once

#include <vector>

#include "persistent-data/io/memory_device.h"

namespace test_support {

class journal_device : public pdata::block_device {
 public:
  explicit journal_device(pdata::memory_device image) : before_(std::move(image)), now_(before_) {}

  pdata::metadata_block nr_blocks() const override { return now_.nr_blocks(); }
  pdata::status read(pdata::metadata_block first, std::span<std::byte> to) override {
    return now_.read(first, to);
  }
  pdata::status write(pdata::metadata_block first, std::span<const std::byte> from) override {
    if (fail_at_write == writes_.size()) return pdata::status(EIO);
    writes_.push_back({first, {from.begin(), from.end()}, nr_flushes_});
    return now_.write(first, from);
  }
  pdata::status flush() override {
    ++nr_flushes_;
    return pdata::success;
  }

  std::size_t nr_writes() const { return writes_.size(); }
  std::size_t nr_flushes() const { return nr_flushes_; }
  pdata::memory_device& now() { return now_; }

  // The device after a crash behind `nr_flushes` flushes: of the writes that came
  // after the last of them only those arrived that `arrived` says.
  template <class Arrived>
  pdata::memory_device after_crash(std::size_t nr_flushes, Arrived arrived) const {
    auto device = before_;
    for (const auto& w : writes_)
      if (w.flushes_before < nr_flushes || (w.flushes_before == nr_flushes && arrived()))
        device.write(w.first, w.bytes).ignore();
    return device;
  }

  std::size_t fail_at_write = SIZE_MAX;

 private:
  struct write_record {
    pdata::metadata_block first;
    std::vector<std::byte> bytes;
    std::size_t flushes_before;
  };

  pdata::memory_device before_;
  pdata::memory_device now_;
  std::vector<write_record> writes_;
  std::size_t nr_flushes_ = 0;
};

}  // namespace test_support
