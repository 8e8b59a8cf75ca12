// A pool made by the engine, with the image that each of its commits left.
#pragma once

#include <memory>
#include <stdexcept>
#include <vector>

#include "persistent-data/engine/pool.h"
#include "persistent-data/io/memory_device.h"

namespace test_support {

class commit_history {
 public:
  explicit commit_history(pdata::metadata_block nr_blocks = 1024,
                          std::uint64_t nr_data_blocks = 100000)
      : device_(nr_blocks) {
    open();
    expect(pool_->resize_data(nr_data_blocks));
    commit();
  }
  ~commit_history() { pool_.reset(); }
  commit_history(const commit_history&) = delete;
  commit_history& operator=(const commit_history&) = delete;

  pdata::pool_metadata& pool() { return *pool_; }
  void reopen() {
    pool_.reset();
    open();
  }
  void create_thin(pdata::device_id id) { expect(pool_->create_thin(id)); }
  void create_snap(pdata::device_id id, pdata::device_id origin) {
    expect(pool_->create_snap(id, origin));
  }
  void remove(pdata::device_id id) { expect(pool_->delete_device(id)); }
  void discard(pdata::device_id id, pdata::thin_block begin, pdata::thin_block end) {
    auto* device = *pool_->open_device(id);
    expect(pool_->remove_range(device, begin, end));
    pool_->close_device(device);
  }
  void write(pdata::device_id id, pdata::thin_block first, pdata::thin_block count,
             pdata::thin_block stride = 1) {
    auto* device = *pool_->open_device(id);
    for (pdata::thin_block n = 0; n < count; ++n)
      expect(pool_->insert_block(device, first + n * stride, *pool_->alloc_data_block()));
    pool_->close_device(device);
  }
  // To so many blocks; commits.
  void grow_metadata(pdata::metadata_block nr_blocks) {
    device_.resize(nr_blocks);
    expect(pool_->resize_metadata(nr_blocks));
    commit();
  }
  void commit() {
    expect(pool_->commit());
    images_.push_back(device_);
  }

  std::size_t nr_commits() const { return images_.size(); }
  // What the commits left; 0 is the last one.
  pdata::memory_device& image(std::size_t back = 0) { return images_.rbegin()[back]; }

 private:
  static void expect(pdata::status outcome) {
    if (!outcome.ok()) throw std::runtime_error("the pool cannot be made");
  }
  void open() { pool_ = std::move(*pdata::pool_metadata::open(device_, {.data_block_size = 128})); }

  pdata::memory_device device_;
  std::unique_ptr<pdata::pool_metadata> pool_;
  std::vector<pdata::memory_device> images_;
};

}  // namespace test_support
