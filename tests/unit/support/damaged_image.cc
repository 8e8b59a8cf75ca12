#include "tests/unit/support/damaged_image.h"

#include <stdexcept>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/format/field_table.h"
#include "tests/unit/support/kernel_images.h"

namespace test_support {

using namespace pdata;

damaged_image::damaged_image(const std::string& kernel_image)
    : device_(load_kernel_image(kernel_image)) {}

superblock damaged_image::superblock() const { return superblock::load(device_.at(0).view()); }

node_view damaged_image::node(metadata_block location) const {
  return std::get<node_view>(node_view::parse_layout(device_.at(location).view()));
}

node_editor damaged_image::edit(metadata_block location) {
  return node_editor(device_.at(location).span());
}

void damaged_image::reseal(metadata_block location, block_kind kind) {
  seal(device_.at(location).span(), kind, location);
}

void damaged_image::set_superblock(std::string_view field, std::uint64_t value,
                                   metadata_block location) {
  store_field(device_.at(location).span(), find_field(superblock_fields, field).value(), value);
  reseal(location, block_kind::superblock);
}

void damaged_image::set_node(metadata_block location, std::string_view field, std::uint64_t value) {
  store_field(device_.at(location).span(), find_field(node_fields, field).value(), value);
  reseal(location, block_kind::btree_node);
}

namespace {

// The bytes of an entry's value, to be changed.
std::span<std::byte> value_bytes(memory_device& device, metadata_block leaf, const node_view& node,
                                 std::uint32_t index) {
  const auto value = node.value(index);
  const auto offset = value.data() - device.at(leaf).bytes.data();
  return std::span(device.at(leaf).bytes).subspan(static_cast<std::size_t>(offset), value.size());
}

}  // namespace

void damaged_image::set_details(device_id device, std::string_view field, std::uint64_t value) {
  const auto [leaf, index] = find(superblock().details_root, device);
  store_field(value_bytes(device_, leaf, node(leaf), index),
              find_field(device_details_fields, field).value(), value);
  reseal(leaf, block_kind::btree_node);
}

space_map_root damaged_image::root(space_map_kind kind) const {
  return kind == space_map_kind::metadata ? superblock().metadata_space_map
                                          : superblock().data_space_map;
}

void damaged_image::set_index_entry(space_map_kind kind, std::uint64_t bitmap,
                                    std::string_view field, std::uint64_t value) {
  const auto which = find_field(index_entry_fields, field).value();
  if (kind == space_map_kind::metadata) {
    const auto block = root(kind).bitmap_root;
    store_field(
        std::span(device_.at(block).bytes).subspan(to_size(16 + bitmap * index_entry::bytes)),
        which, value);
    reseal(block, block_kind::index);
    return;
  }
  const auto [leaf, index] = find(root(kind).bitmap_root, bitmap);
  store_field(value_bytes(device_, leaf, node(leaf), index), which, value);
  reseal(leaf, block_kind::btree_node);
}

void damaged_image::set_key(metadata_block location, std::uint32_t index, std::uint64_t key) {
  edit(location).set_key(index, key);
  reseal(location, block_kind::btree_node);
}

void damaged_image::set_value(metadata_block location, std::uint32_t index, std::uint64_t value) {
  edit(location).set_value_u64(index, value);
  reseal(location, block_kind::btree_node);
}

std::vector<metadata_block> damaged_image::leaves(metadata_block root) const {
  const auto view = node(root);
  if (view.is_leaf()) return {root};
  std::vector<metadata_block> all;
  for (std::uint32_t i = 0; i < view.nr_entries(); ++i) {
    const auto below = leaves(view.value_u64(i));
    all.insert(all.end(), below.begin(), below.end());
  }
  return all;
}

std::pair<metadata_block, std::uint32_t> damaged_image::find(metadata_block root,
                                                             std::uint64_t key) const {
  for (const auto leaf : leaves(root))
    if (const auto index = node(leaf).find(key)) return {leaf, *index};
  throw std::runtime_error("no entry with key " + std::to_string(key));
}

metadata_block damaged_image::device_root(device_id device) const {
  const auto [leaf, index] = find(superblock().mapping_root, device);
  return node(leaf).value_u64(index);
}

index_entry damaged_image::index(space_map_kind kind, std::uint64_t number) const {
  if (kind == space_map_kind::metadata)
    return load_index_entry(device_.at(root(kind).bitmap_root).view(), number);
  const auto [leaf, index] = find(root(kind).bitmap_root, number);
  return index_entry::load(node(leaf).value(index));
}

metadata_block damaged_image::bitmap(space_map_kind kind, std::uint64_t number) const {
  return index(kind, number).location;
}

namespace {

std::uint32_t slot_of(std::uint64_t block) {
  return static_cast<std::uint32_t>(block % entries_per_bitmap);
}

}  // namespace

std::uint32_t damaged_image::count(space_map_kind kind, std::uint64_t block) const {
  return bitmap_count(device_.at(bitmap(kind, block / entries_per_bitmap)).view(), slot_of(block));
}

void damaged_image::set_count(space_map_kind kind, std::uint64_t block, std::uint32_t count) {
  const auto location = bitmap(kind, block / entries_per_bitmap);
  set_bitmap_count(device_.at(location).span(), slot_of(block), count);
  reseal(location, block_kind::bitmap);
}

std::uint64_t damaged_image::block_with_count(space_map_kind kind, std::uint32_t wanted) const {
  std::uint64_t block = 0;
  while (count(kind, block) != wanted) ++block;
  return block;
}

metadata_block damaged_image::allocate() {
  const auto kind = space_map_kind::metadata;
  const auto block = block_with_count(kind, 0);
  set_count(kind, block, 1);
  set_index_entry(kind, 0, "nr_free", index(kind, 0).nr_free - 1);
  set_superblock("metadata_space_map_root.nr_allocated", root(kind).nr_allocated + 1);
  return block;
}

}  // namespace test_support
