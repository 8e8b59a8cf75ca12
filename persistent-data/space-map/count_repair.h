// Makes the counts of both space maps what the references say, by copy on
// write: changed bitmaps, index and tree nodes are written to blocks that
// nothing refers to, and come into force when the caller writes the superblock
// with the new roots. Until then the old maps stand as they were.
//
// Only for maps that were read and compared completely, with counts that are at
// no place below the references.
#pragma once

#include <map>
#include <set>
#include <span>
#include <vector>

#include "persistent-data/format/checksum.h"
#include "persistent-data/space-map/space_map_reader.h"

namespace pdata {

struct repaired_roots {
  space_map_root metadata;
  space_map_root data;
};

// A map with what it was compared with, and what came of it.
struct compared_map {
  const space_map_reader& map;
  const ref_counts& counted;
  const space_map_verdict& verdict;
};

class count_repair {
 public:
  count_repair(block_device& device, const compared_map& metadata, const compared_map& data)
      : device_(device), metadata_(metadata), data_(data) {}

  // Writes the new maps and makes them durable. Throws error, with nothing that
  // is in use changed, if there is no room or a write fails.
  repaired_roots write();

 private:
  // Nodes of one tree that have to be replaced, parents before children.
  using tree_path = std::vector<metadata_block>;

  tree_path find_path(metadata_block root, std::span<const std::uint64_t> keys);
  void add_to_path(tree_path& path, metadata_block location, std::span<const std::uint64_t> keys,
                   int depth);
  void replace(metadata_block old);
  void replace_with_bookkeeping();
  metadata_block allocate();
  void touch(metadata_block block);
  std::uint32_t metadata_count(metadata_block block) const;
  metadata_block current(metadata_block old) const;

  index_entry write_bitmap(const compared_map& of, std::uint64_t bitmap);
  void write_index_tree(const tree_path& path);
  void write_overflow(const tree_path& path, const compared_map& of);
  void write_index_block();
  template <class EditLeaf>
  void write_path(const tree_path& path, EditLeaf edit_leaf);
  void read(metadata_block location, block_span to);
  void write_sealed(metadata_block location, block_span bytes, block_kind kind);

  block_device& device_;
  const compared_map metadata_;
  const compared_map data_;
  std::map<metadata_block, metadata_block> moved_;  // old to new
  std::set<metadata_block> taken_;                  // the new ones
  std::set<std::uint64_t> touched_;                 // metadata bitmaps that change
  metadata_block cursor_ = 0;                       // below it no block is free
  std::map<std::uint64_t, index_entry> data_entries_;
  std::map<std::uint64_t, index_entry> metadata_entries_;
  std::int64_t metadata_freed_ = 0;  // blocks whose count fell to 0, less those that rose
  std::int64_t data_freed_ = 0;
};

}  // namespace pdata
