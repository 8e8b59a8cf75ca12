// A device in memory that can show every moment that was marked: what each
// commit left, and what it wrote over.
#pragma once

#include <map>
#include <vector>

#include "persistent-data/io/memory_device.h"

namespace test_support {

class recording_device : public pdata::block_device {
 public:
  explicit recording_device(pdata::metadata_block nr_blocks) : now_(nr_blocks), epochs_(1) {}
  explicit recording_device(pdata::memory_device image) : now_(std::move(image)), epochs_(1) {}

  pdata::metadata_block nr_blocks() const override { return now_.nr_blocks(); }
  pdata::status read(pdata::metadata_block first, std::span<std::byte> to) override {
    return now_.read(first, to);
  }
  pdata::status write(pdata::metadata_block first, std::span<const std::byte> from) override {
    for (auto b = first; b < first + from.size() / pdata::block_size && b < nr_blocks(); ++b)
      epochs_.back().try_emplace(b, now_.at(b));
    return now_.write(first, from);
  }
  pdata::status flush() override { return pdata::success; }
  void resize(pdata::metadata_block nr_blocks) { now_.resize(nr_blocks); }

  // Ends an epoch, if anything was written in it.
  void mark() {
    if (!epochs_.back().empty()) epochs_.emplace_back();
  }

  const pdata::memory_device& now() const { return now_; }
  std::size_t nr_marks() const { return epochs_.size() - 1; }

  // What was overwritten in the epoch that began at mark `mark`, and what stood there.
  const std::map<pdata::metadata_block, pdata::block_buffer>& overwritten(std::size_t mark) const {
    return epochs_.at(mark);
  }

  // The device at a mark; as large as it is now.
  pdata::memory_device at_mark(std::size_t mark) const {
    pdata::memory_device then = now_;
    for (std::size_t epoch = epochs_.size(); epoch-- > mark;)
      for (const auto& [block, contents] : epochs_[epoch]) then.at(block) = contents;
    return then;
  }

 private:
  pdata::memory_device now_;
  std::vector<std::map<pdata::metadata_block, pdata::block_buffer>> epochs_;
};

}  // namespace test_support
