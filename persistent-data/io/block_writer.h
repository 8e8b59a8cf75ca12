// Fills a device with new blocks, one after the other, from a given location on.
// Blocks are sealed and written in large batches by a thread of their own, so
// that the next ones are made meanwhile.
//
// Without a device the blocks are counted only: a plan of how much space is
// needed. Errors (the device is full, a write fails) are thrown.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "persistent-data/base/error.h"
#include "persistent-data/format/checksum.h"
#include "persistent-data/io/block_device.h"

namespace pdata {

// There are fewer blocks than the metadata needs.
class out_of_space : public error {
 public:
  using error::error;
};

class block_writer {
 public:
  // Blocks from `first` on, below `limit`. `device` may be null.
  block_writer(block_device* device, metadata_block first, metadata_block limit);
  // Blocks that were not written by finish() are dropped.
  ~block_writer();
  block_writer(const block_writer&) = delete;
  block_writer& operator=(const block_writer&) = delete;

  // Where the next block will stand; all below are in use.
  metadata_block next() const { return next_; }

  // The next block, full of zeroes, to be filled before the next call.
  block_span append(block_kind kind);

  // Throws unless `count` more blocks fit.
  void expect_room(metadata_block count) const;

  // Returns when all blocks are with the device (not yet durable).
  void finish();

 private:
  struct batch {
    metadata_block first = 0;
    std::size_t nr_blocks = 0;
    std::vector<block_kind> kinds;
    std::unique_ptr<block_buffer[]> blocks;
  };

  void hand_over();
  void wait_for_writer(std::unique_lock<std::mutex>& lock);
  void write_batches();
  void write_batch(batch& full);

  block_device* device_;
  metadata_block next_;
  metadata_block limit_;
  batch filling_;

  // Shared with the writing thread.
  std::mutex mutex_;
  std::condition_variable changed_;
  batch writing_;  // nr_blocks 0: nothing to write
  bool stop_ = false;
  status failure_;
  metadata_block failed_at_ = 0;
  std::thread thread_;
};

}  // namespace pdata
