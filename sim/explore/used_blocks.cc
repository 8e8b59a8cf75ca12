#include "sim/explore/used_blocks.h"

#include "persistent-data/format/superblock.h"
#include "persistent-data/transaction/metadata_space_map.h"
#include "persistent-data/transaction/transaction_manager.h"

namespace sim::explore {

struct used_blocks::counts {
  explicit counts(pdata::block_device& device) : cache(device), manager(cache) {
    manager.attach(map);
    const auto first = cache.read(pdata::superblock_location, pdata::block_kind::superblock);
    if (!first.ok()) return;
    opened = map.open(pdata::superblock::load(first->view()).metadata_space_map).ok();
  }

  pdata::block_cache cache;
  pdata::transaction_manager manager;
  pdata::metadata_space_map map{manager};
  bool opened = false;
};

used_blocks::used_blocks(pdata::block_device& device) : counts_(std::make_unique<counts>(device)) {}

used_blocks::~used_blocks() = default;

bool used_blocks::may_matter(pdata::metadata_block block) {
  if (!counts_->opened || block >= counts_->map.nr_blocks()) return true;
  const auto count = counts_->map.count(block);
  return !count.ok() || *count != 0;
}

}  // namespace sim::explore
