// Somebody who uses a pool: writes, snapshots, discards, resizes, at random but
// always the same for a seed. Keeps account of what the pool must map by what
// the engine answered.
#pragma once

#include <functional>
#include <memory>
#include <random>

#include "persistent-data/engine/pool.h"
#include "tests/support/plain_pool.h"

namespace test_support {

// How often each is done, out of their sum.
struct habits {
  unsigned write_run = 12;
  unsigned write_scattered = 8;
  unsigned discard = 4;
  unsigned create = 1;
  unsigned snapshot = 2;
  unsigned remove = 1;
  unsigned hold = 0;  // or release a metadata snapshot
  unsigned grow_data = 0;
  unsigned grow_metadata = 0;
  unsigned reopen = 1;
  unsigned longest_run = 64;           // data blocks
  std::uint64_t device_blocks = 4000;  // a device's size
  std::size_t most_devices = 8;
};

class pool_user {
 public:
  // `device` holds a pool, or zeroes in its first block to be formatted.
  pool_user(pdata::block_device& device, std::mt19937_64& dice, std::uint32_t data_block_size);
  ~pool_user();
  pool_user(const pool_user&) = delete;
  pool_user& operator=(const pool_user&) = delete;

  // Called behind every commit.
  std::function<void()> on_commit = [] {};
  // Called to grow the metadata device by a number of blocks.
  std::function<void(std::uint64_t)> on_grow_metadata;

  bool resize_data(std::uint64_t nr_blocks);
  // One thing after the other, each ends in a commit.
  void use(const habits& how, unsigned nr_steps);
  bool create(std::uint64_t id);
  void close();

  // By device; what was there when the pool was opened included.
  const std::map<std::uint64_t, plain::mapping_table>& expected() const { return expected_; }
  // Steps that the engine refused though there was room.
  const std::vector<std::string>& refusals() const { return refusals_; }

 private:
  void open();
  void step(const habits& how);
  void commit();
  // What the target does when an operation fails: abort, and open again.
  void recover();
  bool settle(pdata::status outcome, const char* what);
  std::uint64_t below(std::uint64_t end) { return end == 0 ? 0 : dice_() % end; }
  std::uint64_t any_device();

  void write(std::uint64_t id, std::uint64_t first, std::uint64_t count, std::uint64_t stride);
  void discard(std::uint64_t id, std::uint64_t begin, std::uint64_t end);
  void snapshot(std::uint64_t origin);
  void remove(std::uint64_t id);

  pdata::block_device& device_;
  std::mt19937_64& dice_;
  std::uint32_t data_block_size_;
  std::unique_ptr<pdata::pool_metadata> pool_;
  std::map<std::uint64_t, plain::mapping_table> expected_;
  std::vector<std::string> refusals_;
  std::uint64_t next_id_ = 1;
  std::uint32_t time_ = 0;
  std::uint64_t transaction_id_ = 0;
};

}  // namespace test_support
