// A kernel-made image whose fields are changed by name. Every change reseals its
// block, so that only the change itself is there to be found.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/checksum.h"
#include "persistent-data/format/node_editor.h"
#include "persistent-data/format/superblock.h"
#include "persistent-data/io/memory_device.h"
#include "persistent-data/space-map/space_map_reader.h"

namespace test_support {

class damaged_image {
 public:
  explicit damaged_image(const std::string& kernel_image);

  pdata::memory_device& device() { return device_; }
  pdata::superblock superblock() const;
  pdata::node_view node(pdata::metadata_block location) const;
  pdata::node_editor edit(pdata::metadata_block location);
  // Gives a block its place and checksum again.
  void reseal(pdata::metadata_block location, pdata::block_kind kind);

  // Fields of field_table.h.
  void set_superblock(std::string_view field, std::uint64_t value,
                      pdata::metadata_block location = pdata::superblock_location);
  void set_node(pdata::metadata_block location, std::string_view field, std::uint64_t value);
  void set_details(pdata::device_id device, std::string_view field, std::uint64_t value);
  void set_index_entry(pdata::space_map_kind kind, std::uint64_t bitmap, std::string_view field,
                       std::uint64_t value);

  // Entries of nodes.
  void set_key(pdata::metadata_block location, std::uint32_t index, std::uint64_t key);
  void set_value(pdata::metadata_block location, std::uint32_t index, std::uint64_t value);

  // Where things are. Leaves in order of keys.
  std::vector<pdata::metadata_block> leaves(pdata::metadata_block root) const;
  pdata::metadata_block device_root(pdata::device_id device) const;
  // The leaf that holds a key, and the entry's position.
  std::pair<pdata::metadata_block, std::uint32_t> find(pdata::metadata_block root,
                                                       std::uint64_t key) const;
  pdata::metadata_block bitmap(pdata::space_map_kind kind, std::uint64_t number) const;
  pdata::index_entry index(pdata::space_map_kind kind, std::uint64_t number) const;

  // The 2-bit count; the index and the root are not told.
  std::uint32_t count(pdata::space_map_kind kind, std::uint64_t block) const;
  void set_count(pdata::space_map_kind kind, std::uint64_t block, std::uint32_t count);
  // The lowest block with this 2-bit count.
  std::uint64_t block_with_count(pdata::space_map_kind kind, std::uint32_t count) const;
  // A free metadata block, with count 1 in bitmap, index and root.
  pdata::metadata_block allocate();

 private:
  pdata::space_map_root root(pdata::space_map_kind kind) const;

  pdata::memory_device device_;
};

}  // namespace test_support
