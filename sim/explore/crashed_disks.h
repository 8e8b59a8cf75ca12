// The disks of a machine that comes up after a loss of power. Both read through
// to the state that the crash left, and keep what is written to themselves.
#pragma once

#include <map>
#include <mutex>
#include <set>

#include "persistent-data/io/block_device.h"
#include "sim/disk/backing.h"
#include "sim/explore/survivor.h"

namespace sim::explore {

// Which blocks of a state were read.
class read_log {
 public:
  explicit read_log(const chosen_metadata& metadata) : metadata_(metadata) {}

  const block_ptr& read(metadata_block block) {
    const std::lock_guard lock(mutex_);  // the checker reads on several threads
    blocks_.insert(block);
    return metadata_.at(block);
  }
  const std::set<metadata_block>& blocks() const { return blocks_; }
  const chosen_metadata& metadata() const { return metadata_; }

 private:
  const chosen_metadata& metadata_;
  std::mutex mutex_;
  std::set<metadata_block> blocks_;
};

// For the checker: EPERM for changes.
class crashed_metadata : public pdata::block_device {
 public:
  crashed_metadata(read_log& log, metadata_block nr_blocks) : log_(log), nr_blocks_(nr_blocks) {}

  metadata_block nr_blocks() const override { return nr_blocks_; }
  pdata::status read(metadata_block first, std::span<std::byte> to) override;
  pdata::status write(metadata_block, std::span<const std::byte>) override {
    return pdata::status(EPERM);
  }
  pdata::status flush() override { return pdata::status(EPERM); }

 private:
  read_log& log_;
  metadata_block nr_blocks_;
};

// For a simulated machine.
class metadata_overlay : public backing {
 public:
  metadata_overlay(read_log& log, metadata_block nr_blocks) : log_(log), nr_blocks_(nr_blocks) {}

  sector size() const override { return nr_blocks_ * pdata::block_sectors; }
  pdata::status read(sector first, sector count, sector offset, const content_sink& to) override;
  pdata::status write(sector first, sector count, const content& what) override;

 private:
  read_log& log_;
  metadata_block nr_blocks_;
  extent_map written_;
};

// A data disk whose sectors name themselves: what is read of a thin device is
// where it lies.
inline constexpr std::uint64_t place_seed = 0xda7ada7ada7ada7aU;

class labelled_disk : public backing {
 public:
  explicit labelled_disk(sector size) : size_(size) {}

  sector size() const override { return size_; }
  pdata::status read(sector first, sector count, sector offset, const content_sink& to) override;
  pdata::status write(sector first, sector count, const content& what) override;
  // Every sector still names itself.
  bool is_untouched(sector first, sector count) const;

 private:
  sector size_;
  extent_map written_;
};

}  // namespace sim::explore
