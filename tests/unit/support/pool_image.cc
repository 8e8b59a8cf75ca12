#include "tests/unit/support/pool_image.h"

#include "tests/unit/support/image.h"

namespace test_support {

namespace {

pdata::space_map_root with_types(const plain::space_root& root) {
  return {root.nr_blocks, root.nr_allocated, root.bitmap_root, root.overflow_root};
}

}  // namespace

mapping_table with_types(const plain::mapping_table& mappings) {
  mapping_table typed;
  for (const auto& [block, mapping] : mappings) typed[block] = {mapping.block, mapping.time};
  return typed;
}

pdata::device_details with_types(const plain::details& details) {
  return {details.mapped_blocks, details.transaction_id, details.creation_time,
          details.snapshotted_time};
}

pdata::superblock with_types(const plain::superblock& fields) {
  pdata::superblock typed;
  typed.magic = fields.magic;
  typed.version = fields.version;
  typed.flags = fields.flags;
  typed.time = fields.time;
  typed.transaction_id = fields.transaction_id;
  typed.held_root = fields.held_root;
  typed.data_space_map = with_types(fields.data);
  typed.metadata_space_map = with_types(fields.metadata);
  typed.mapping_root = fields.mapping_root;
  typed.details_root = fields.details_root;
  typed.data_block_size = fields.data_block_size;
  return typed;
}

pool_image read_pool_image(const pdata::memory_device& device) {
  auto found = plain::read_pool(image_bytes(device));
  pool_image image;
  image.superblock = with_types(found.fields);
  for (const auto& [id, of] : found.devices) {
    image.devices[id] = with_types(of.mappings);
    if (!found.without_details.contains(id)) image.details[id] = with_types(of.about);
  }
  image.metadata_references = std::move(found.metadata_references);
  image.data_references = std::move(found.data_references);
  image.metadata_counts = std::move(found.metadata.counts);
  image.data_counts = std::move(found.data.counts);
  image.faults = std::move(found.faults);
  return image;
}

}  // namespace test_support
