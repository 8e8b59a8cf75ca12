// Checks a simulated pool's metadata, now or after every commit, as thin_check does.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "persistent-data/io/block_device.h"
#include "sim/thin/machine.h"
#include "thin-tools/check/check.h"

namespace sim {

// A device to be read by several threads, as the checker does; EPERM for changes.
class locked_reader : public pdata::block_device {
 public:
  explicit locked_reader(pdata::block_device& below) : below_(below) {}

  pdata::metadata_block nr_blocks() const override { return below_.nr_blocks(); }
  pdata::status read(pdata::metadata_block first, std::span<std::byte> to) override {
    const std::lock_guard lock(mutex_);
    return below_.read(first, to);
  }
  pdata::status write(pdata::metadata_block, std::span<const std::byte>) override {
    return pdata::status(EPERM);
  }
  pdata::status flush() override { return pdata::status(EPERM); }

 private:
  pdata::block_device& below_;
  std::mutex mutex_;
};

// The first thing that is wrong; none if the metadata is clean. As many data
// blocks as `unmapped_blocks` may be counted without a mapping.
std::optional<std::string> find_problem(const thin_tools::check_report& report,
                                        std::uint64_t unmapped_blocks);

// A commit that leaves anything but clean metadata throws pdata::error with the
// device and the first thing that is wrong. Blocks that a pool is still filling
// or discarding may be counted without a mapping.
void check_commits(machine& on);

// What is wrong with the metadata of a commit; none if it is clean.
std::optional<std::string> find_problem(device_mapper& on, const commit_notice& commit);

}  // namespace sim
