#include "tests/unit/support/pool_image.h"

#include <fmt/format.h>

#include <functional>
#include <set>
#include <stdexcept>

#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/checksum.h"

namespace test_support {

namespace {

using namespace pdata;

class image_reader {
 public:
  explicit image_reader(const memory_device& device) : device_(device) {}
  pool_image read();

 private:
  // Key, value, and whether the leaf is seen for the first time.
  using leaf_entry = std::function<void(std::uint64_t, std::span<const std::byte>, bool)>;

  block_view block(metadata_block location, block_kind kind);
  void walk(metadata_block root, const leaf_entry& entry);
  void walk_roots(metadata_block mapping_root, metadata_block details_root, bool live);
  void read_counts(const space_map_root& root, bool metadata, count_table& counts);
  void read_bitmap(std::uint64_t number, const index_entry& entry, std::uint64_t nr_blocks,
                   const count_table& overflow, count_table& counts);

  const memory_device& device_;
  pool_image image_;
  std::set<metadata_block> walked_;  // nodes whose entries are counted already
};

block_view image_reader::block(metadata_block location, block_kind kind) {
  const block_view bytes = device_.at(location).view();
  if (stored_checksum(bytes) != block_checksum(bytes, kind) || stored_location(bytes) != location)
    image_.faults.push_back(fmt::format("block {}: not a {}", location, block_kind_name(kind)));
  return bytes;
}

// Visits the entries of all leaves, also of shared ones; counts the references
// of each node once.
void image_reader::walk(metadata_block root, const leaf_entry& entry) {
  const auto parsed = node_view::parse(block(root, block_kind::btree_node));
  const auto* const node = std::get_if<node_view>(&parsed);
  if (node == nullptr) {
    image_.faults.push_back(fmt::format("block {}: bad node", root));
    return;
  }
  const bool first_visit = walked_.insert(root).second;
  for (std::uint32_t i = 0; i < node->nr_entries(); ++i) {
    if (node->is_leaf()) {
      entry(node->key(i), node->value(i), first_visit);
    } else {
      if (first_visit) ++image_.metadata_references[node->value_u64(i)];
      walk(node->value_u64(i), entry);
    }
  }
}

void image_reader::walk_roots(metadata_block mapping_root, metadata_block details_root, bool live) {
  ++image_.metadata_references[mapping_root];
  ++image_.metadata_references[details_root];
  walk(mapping_root, [&](device_id device, std::span<const std::byte> value, bool first_visit) {
    const auto root = load_le<std::uint64_t>(value, 0);
    if (first_visit) ++image_.metadata_references[root];
    mapping_table mappings;
    walk(root, [&](thin_block key, std::span<const std::byte> packed, bool first_leaf_visit) {
      const mapping found = unpack_mapping(load_le<std::uint64_t>(packed, 0));
      if (first_leaf_visit) ++image_.data_references[found.block];
      mappings[key] = found;
    });
    if (live) image_.devices[device] = mappings;
  });
  walk(details_root, [&](device_id device, std::span<const std::byte> value, bool) {
    if (live) image_.details[device] = device_details::load(value);
  });
}

void image_reader::read_bitmap(std::uint64_t number, const index_entry& entry,
                               std::uint64_t nr_blocks, const count_table& overflow,
                               count_table& counts) {
  ++image_.metadata_references[entry.location];
  const block_view bitmap = block(entry.location, block_kind::bitmap);
  std::uint32_t nr_free = 0;
  for (std::uint32_t slot = 0; slot < entries_per_bitmap; ++slot) {
    const std::uint64_t location = number * entries_per_bitmap + slot;
    const std::uint32_t count = bitmap_count(bitmap, slot);
    if (count == 0) {
      ++nr_free;
      if (slot < entry.none_free_before)
        image_.faults.push_back(fmt::format("bitmap {}: free slot {} before hint", number, slot));
    } else if (location >= nr_blocks) {
      image_.faults.push_back(fmt::format("block {} counted beyond the end", location));
    } else {
      counts[location] = count < count_in_overflow ? count : overflow.at(location);
    }
  }
  if (nr_free != entry.nr_free)
    image_.faults.push_back(fmt::format("bitmap {}: nr_free {}", number, entry.nr_free));
}

void image_reader::read_counts(const space_map_root& root, bool metadata, count_table& counts) {
  count_table overflow;
  ++image_.metadata_references[root.ref_count_root];
  walk(root.ref_count_root, [&](std::uint64_t key, std::span<const std::byte> value, bool) {
    overflow[key] = load_le<std::uint32_t>(value, 0);
    if (overflow[key] < count_in_overflow)
      image_.faults.push_back(fmt::format("overflow entry {} of {}", key, overflow[key]));
  });
  ++image_.metadata_references[root.bitmap_root];
  std::size_t nr_big = 0;
  if (metadata) {
    const block_view index = block(root.bitmap_root, block_kind::index);
    for (std::uint64_t i = 0; i * entries_per_bitmap < root.nr_blocks; ++i)
      read_bitmap(i, load_index_entry(index, i), root.nr_blocks, overflow, counts);
  } else {
    walk(root.bitmap_root, [&](std::uint64_t key, std::span<const std::byte> value, bool) {
      read_bitmap(key, index_entry::load(value), root.nr_blocks, overflow, counts);
    });
  }
  for (const auto& [location, count] : counts) nr_big += count >= count_in_overflow;
  if (nr_big != overflow.size()) image_.faults.push_back("overflow entries of small counts");
  if (counts.size() != root.nr_allocated)
    image_.faults.push_back(fmt::format("nr_allocated {}", root.nr_allocated));
}

pool_image image_reader::read() {
  image_.superblock = superblock::load(block(superblock_location, block_kind::superblock));
  const superblock& sb = image_.superblock;
  ++image_.metadata_references[superblock_location];
  walk_roots(sb.mapping_root, sb.details_root, true);
  if (sb.held_root != 0) {
    ++image_.metadata_references[sb.held_root];
    const superblock held = superblock::load(block(sb.held_root, block_kind::superblock));
    walk_roots(held.mapping_root, held.details_root, false);
  }
  read_counts(sb.data_space_map, false, image_.data_counts);
  read_counts(sb.metadata_space_map, true, image_.metadata_counts);
  return image_;
}

}  // namespace

pool_image read_pool_image(const memory_device& device) {
  try {
    return image_reader(device).read();
  } catch (const std::out_of_range& wrong) {  // a pointer or a key that leads nowhere
    pool_image broken;
    broken.faults.push_back(wrong.what());
    return broken;
  }
}

}  // namespace test_support
