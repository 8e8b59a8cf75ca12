// The counts of one device's blocks on disk: 2-bit bitmaps found through an
// index, and an overflow tree for counts of three and more. The part that both
// space maps share: Linux 6.1 dm-space-map-common.c, struct ll_disk.
//
// The two kinds differ in where the index entries live. A copy of an object is
// a view of the counts as they were; it never writes.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "persistent-data/base/status.h"
#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/space_map_root.h"
#include "persistent-data/transaction/tree.h"

namespace pdata {

class reference_counts {
 public:
  virtual ~reference_counts() = default;

  const space_map_root& root() const { return root_; }
  std::uint64_t nr_blocks() const { return root_.nr_blocks; }
  std::uint64_t nr_allocated() const { return root_.nr_allocated; }

  // EINVAL if the new size needs more bitmaps than there can be; half done if a
  // block cannot be allocated.
  status extend(std::uint64_t extra_blocks);

  // EINVAL beyond nr_blocks. The bitmap's count ends at count_in_overflow.
  result<std::uint32_t> lookup_bitmap(std::uint64_t block);
  result<std::uint32_t> lookup(std::uint64_t block);

  // The first free block in [begin, end); ENOSPC if there is none.
  result<std::uint64_t> find_free(std::uint64_t begin, std::uint64_t end);

  // Net number of blocks that went from free to used, negative the other way.
  result<std::int64_t> inc(std::uint64_t begin, std::uint64_t end);
  // EINVAL where a count is 0 already.
  result<std::int64_t> dec(std::uint64_t begin, std::uint64_t end);

  status commit();

 protected:
  explicit reference_counts(transaction_manager& manager) : manager_(&manager) {}
  // What is known of leaves stays with who changes them.
  reference_counts& operator=(const reference_counts& other) {
    manager_ = other.manager_;
    root_ = other.root_;
    index_changed_ = other.index_changed_;
    return *this;
  }

  virtual result<index_entry> load_entry(std::uint64_t bitmap) = 0;
  virtual status save_entry(std::uint64_t bitmap, const index_entry& entry) = 0;
  virtual status commit_index() = 0;
  virtual std::uint64_t max_bitmaps() const = 0;

  tree_type overflow_tree() const;

  transaction_manager* manager_;
  space_map_root root_;
  bool index_changed_ = false;

 private:
  struct piece;  // the part of a range that lies in one bitmap, while it is changed

  template <class Change>
  result<std::int64_t> change(std::uint64_t begin, std::uint64_t end, Change change_piece);
  status inc_piece(piece& p);
  status dec_piece(piece& p);
  status inc_overflow(piece& p, std::uint64_t block);
  result<std::uint32_t> dec_overflow(piece& p, std::uint64_t block);
  result<std::uint32_t> overflow_index(piece& p, std::uint64_t block);
  result<std::uint32_t> hold_overflow_leaf(piece& p, std::uint64_t block);
  std::optional<std::uint32_t> hold_known_leaf(piece& p, std::uint64_t block);
  void note_leaf(const piece& p);
  status hold_bitmap(piece& p);

  // Leaves of the overflow tree that this transaction has shadowed, with all above them, so
  // that the way down need not be gone again. In the order of their keys, which they have to
  // themselves: none of them has become another's, or the list is forgotten.
  struct shadowed_leaf {
    std::uint64_t first = 0;  // keys
    std::uint64_t last = 0;
    metadata_block location = 0;
  };
  // When they were: transaction, entries that came to other nodes, root.
  struct known_since {
    std::uint32_t transaction = 0;
    std::uint64_t moves = 0;
    metadata_block root = 0;
    friend bool operator==(const known_since&, const known_since&) = default;
  };
  known_since now() const;
  std::vector<shadowed_leaf> leaves_;
  known_since leaves_since_;
};

// A block that is free in `now` and was free in `before`, from `begin` on:
// the kernel searches to the end of the device whatever its caller asks for.
result<std::uint64_t> find_common_free(reference_counts& before, reference_counts& now,
                                       std::uint64_t begin);

}  // namespace pdata
