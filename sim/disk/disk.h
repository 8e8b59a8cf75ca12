// A simulated disk: a durable backing below a volatile write cache. What was
// written since the last flush is lost by power_off(), unless it was written
// with FUA. Completes every request before process() returns.
#pragma once

#include <cstdint>
#include <memory>

#include "sim/disk/backing.h"
#include "sim/disk/device.h"
#include "sim/disk/disk_options.h"
#include "sim/disk/disk_watch.h"
#include "sim/disk/fault_plan.h"
#include "sim/disk/write_kind.h"

namespace sim {

struct disk_counters {
  std::uint64_t flushes = 0;
  std::uint64_t sectors_written = 0;
  std::uint64_t sectors_discarded = 0;
};

class disk : public device {
 public:
  disk(std::string path, device_number number, std::unique_ptr<backing> durable,
       const disk_options& options = {}, const kernel_rules& rules = {});
  // Writes back what the cache still holds, as a disk with power does.
  ~disk() override;

  sector size() const override { return durable_->size(); }
  void process(bio& request) override;

  fault_plan& faults() { return faults_; }
  const disk_counters& counters() const { return counters_; }

  // The cache's contents are gone: what was flushed remains.
  void power_off() { unflushed_.clear(); }

  // Without a cache every write is durable at once, and flushes mean nothing.
  void disable_write_cache();

  // Whole metadata blocks that are durable at once, whose checksums are made when somebody
  // reads them. Only while nobody can tell that from writes of sectors.
  bool takes_unsealed() const {
    return watch_ == nullptr && !limits_.write_cache && !faults_.any() &&
           durable_->takes_unsealed();
  }
  pdata::status write_unsealed(const pdata::unsealed_block& block);
  // And only while one cache of metadata blocks is all that uses the disk, until it is reset.
  void serve_one_cache() { serves_one_cache_ = true; }
  bool may_be_late() const { return serves_one_cache_ && takes_unsealed(); }
  void note_late(std::size_t nr_blocks) {
    counters_.sectors_written += nr_blocks * pdata::block_sectors;
  }
  void store_late(const pdata::unsealed_block& block) { durable_->write_unsealed(block); }

  // From now on, or (null) no longer.
  void watch(disk_watch* watcher) { watch_ = watcher; }

  // From now on discards wait in the disk, as in one that is slow with them, and
  // wipe what they cover when complete_discards() ends them. Without this a
  // discard ends at once, and its options say what the sectors hold then.
  void hold_discards() { holds_discards_ = true; }
  void complete_discards();
  bool has_held_discards() const { return !held_discards_.empty(); }

 private:
  pdata::status flush();
  pdata::status read(const bio& request);
  pdata::status write(sector first, sector count, const content& what, write_kind end);
  pdata::status wipe_whole_granules(sector first, sector end);

  std::unique_ptr<backing> durable_;
  extent_map unflushed_;
  fault_plan faults_;
  disk_counters counters_;
  disk_watch* watch_ = nullptr;
  after_discard contents_after_discard_;
  bool holds_discards_ = false;
  bool serves_one_cache_ = false;
  bio_list held_discards_;
};

}  // namespace sim
