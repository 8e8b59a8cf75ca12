// The counts of the metadata device: up to 255 index entries in one block, kept
// in memory and written at commit (Linux 6.1 dm-space-map-common.c).
#pragma once

#include "persistent-data/transaction/disk_counts.h"

namespace pdata {

class metadata_counts : public reference_counts {
 public:
  explicit metadata_counts(transaction_manager& manager) : reference_counts(manager) {}

  status create();  // of no blocks yet
  status open(const space_map_root& root);

 protected:
  // EINVAL beyond the index, which only wrong metadata asks for.
  result<index_entry> load_entry(std::uint64_t bitmap) override;
  status save_entry(std::uint64_t bitmap, const index_entry& entry) override;
  status commit_index() override;
  std::uint64_t max_bitmaps() const override { return max_metadata_bitmaps; }

 private:
  block_buffer index_;  // the whole block, as it is to be written
};

}  // namespace pdata
