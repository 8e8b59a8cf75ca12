// Which metadata blocks are in use, by the counts that the metadata hold. The
// offline check joins its reads across small gaps: a block whose count is zero in
// sound metadata is one that it only passed over.
#pragma once

#include <memory>

#include "persistent-data/io/block_device.h"

namespace sim::explore {

class used_blocks {
 public:
  explicit used_blocks(pdata::block_device& device);
  ~used_blocks();

  // True also where the count cannot be read.
  bool may_matter(pdata::metadata_block block);

 private:
  struct counts;
  std::unique_ptr<counts> counts_;
};

}  // namespace sim::explore
