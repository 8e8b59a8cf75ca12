// The space map of the data device: Linux 6.1 dm-space-map-disk.c.
#pragma once

#include "persistent-data/transaction/data_counts.h"
#include "persistent-data/transaction/space_map.h"

namespace pdata {

class data_space_map : public space_map {
 public:
  explicit data_space_map(transaction_manager& manager) : counts_(manager), committed_(manager) {}

  status create(std::uint64_t nr_blocks);
  status open(const space_map_root& root);

  result<std::uint64_t> new_block() override;
  status inc(std::uint64_t begin, std::uint64_t end) override;
  status dec(std::uint64_t begin, std::uint64_t end) override;
  result<std::uint32_t> count(std::uint64_t block) override { return counts_.lookup(block); }
  result<bool> count_is_more_than_one(std::uint64_t block) override;

  // A new size is seen by nr_blocks and nr_free after the next commit.
  status extend(std::uint64_t extra_blocks) override { return counts_.extend(extra_blocks); }
  status commit() override;
  std::uint64_t nr_blocks() const override { return committed_.nr_blocks(); }
  // Counts what was freed in this transaction as free, though it cannot be
  // allocated before the next.
  std::uint64_t nr_free() const override {
    return committed_.nr_blocks() - committed_.nr_allocated() - nr_allocated_since_commit_;
  }
  const space_map_root& root() const { return counts_.root(); }

 private:
  status count_net(const result<std::int64_t>& net);

  data_counts counts_;
  data_counts committed_;  // as of the last commit
  std::uint64_t cursor_ = 0;
  std::uint64_t nr_allocated_since_commit_ = 0;  // modulo 2^64: may be "negative"
};

}  // namespace pdata
