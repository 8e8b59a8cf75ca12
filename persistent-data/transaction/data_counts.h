// The counts of the data device: index entries in a B-tree behind a cache of 64
// (Linux 6.1 dm-space-map-common.c). A changed entry is written back when
// another takes its slot, even by a lookup, and at commit in the order of slots.
#pragma once

#include <array>

#include "persistent-data/transaction/disk_counts.h"

namespace pdata {

class data_counts : public reference_counts {
 public:
  explicit data_counts(transaction_manager& manager) : reference_counts(manager) {}

  status create();  // of no blocks yet
  void open(const space_map_root& root) { root_ = root; }

 protected:
  result<index_entry> load_entry(std::uint64_t bitmap) override;
  status save_entry(std::uint64_t bitmap, const index_entry& entry) override;
  status commit_index() override;
  std::uint64_t max_bitmaps() const override { return ~std::uint64_t{0}; }

 private:
  struct slot {
    bool valid = false;
    bool dirty = false;
    std::uint64_t bitmap = 0;
    index_entry entry;
  };

  static constexpr std::size_t nr_slots = 64;

  slot& slot_of(std::uint64_t bitmap);
  status write_back(slot& s);
  tree_type index_tree() const;

  std::array<slot, nr_slots> slots_;
};

}  // namespace pdata
