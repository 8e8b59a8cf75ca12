// The space map of the metadata device: Linux 6.1 dm-space-map-metadata.c.
//
// It counts the very blocks that its own upkeep takes. Changes that come up
// while one is being applied wait in a queue; while the map is made or grows it
// hands out consecutive blocks and counts them afterwards ("bootstrap").
#pragma once

#include <deque>
#include <functional>

#include "persistent-data/transaction/free_space_threshold.h"
#include "persistent-data/transaction/metadata_counts.h"
#include "persistent-data/transaction/space_map.h"

namespace pdata {

enum class block_op_type : std::uint8_t { inc, dec };

// Changes of reference counts that wait because they came up while another change
// was being applied (struct bop_ring_buffer).
struct pending_count {
  block_op_type type = block_op_type::inc;
  metadata_block begin = 0;
  metadata_block end = 0;  // exclusive; an empty range is allowed
};

class pending_counts {
 public:
  static constexpr std::size_t max_pending = 1024;

  // ENOMEM if there are too many.
  status push(const pending_count& change) {
    if (changes_.size() == max_pending) return status(ENOMEM);
    changes_.push_back(change);
    return success;
  }
  bool empty() const { return changes_.empty(); }
  // The oldest stays, and counts, until it is popped.
  const pending_count& front() const { return changes_.front(); }
  void pop() { changes_.pop_front(); }

  // By how much the count of a block will change.
  int net(metadata_block block) const {
    int net = 0;
    for (const pending_count& change : changes_)
      if (block >= change.begin && block < change.end)
        net += change.type == block_op_type::inc ? 1 : -1;
    return net;
  }

 private:
  std::deque<pending_count> changes_;
};

class metadata_space_map : public space_map {
 public:
  explicit metadata_space_map(transaction_manager& manager)
      : counts_(manager), committed_(manager) {}

  // Makes the map of a device whose block `superblock` is in use and the rest
  // behind it free.
  status create(metadata_block superblock, std::uint64_t nr_blocks);
  status open(const space_map_root& root);

  result<std::uint64_t> new_block() override;
  status inc(std::uint64_t begin, std::uint64_t end) override {
    return change({block_op_type::inc, begin, end});
  }
  status dec(std::uint64_t begin, std::uint64_t end) override {
    return change({block_op_type::dec, begin, end});
  }
  result<std::uint32_t> count(std::uint64_t block) override;
  result<bool> count_is_more_than_one(std::uint64_t block) override;
  bool has_counts() const override { return !bootstrap_; }

  // A new size is seen at once.
  status extend(std::uint64_t extra_blocks) override;
  status commit() override;
  std::uint64_t nr_blocks() const override { return counts_.nr_blocks(); }
  // Does not count what was freed in this transaction.
  std::uint64_t nr_free() const override;
  const space_map_root& root() const { return counts_.root(); }

  void set_threshold(std::uint64_t mark, std::function<void()> callback) {
    threshold_.set(mark, std::move(callback));
  }

 private:
  status change(const pending_count& wanted);
  status apply(const pending_count& change);
  status apply_pending();
  result<std::uint64_t> allocate();
  status grow(std::uint64_t extra_blocks);

  metadata_counts counts_;
  metadata_counts committed_;  // as of the last commit
  pending_counts pending_;
  free_space_threshold threshold_;
  metadata_block cursor_ = 0;
  std::uint32_t nr_allocated_since_commit_ = 0;
  bool applying_ = false;
  bool bootstrap_ = false;
};

}  // namespace pdata
