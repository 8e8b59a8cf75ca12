#include "tests/unit/support/pool_audit.h"

#include <fmt/format.h>

#include <stdexcept>

#include "persistent-data/base/checked_math.h"
#include "tests/unit/support/image.h"
#include "tests/unit/support/pool_image.h"

namespace test_support {

namespace {

template <class... Values>
void demand(bool condition, fmt::format_string<Values...> words, Values&&... values) {
  if (!condition) throw std::runtime_error(fmt::format(words, std::forward<Values>(values)...));
}

// What new trees are beyond the format's demands: filled, separators exact.
void audit_tree(const plain::tree& tree) {
  demand(tree.faults.empty(), "{}", tree.faults.empty() ? "" : tree.faults.front());
  for (const auto& node : tree.nodes) {
    demand(node.header.is_leaf() || node.header.nr_entries > 1, "node {} has one child",
           node.location);
    if (node.depth == 0) continue;
    demand(node.header.nr_entries >= node.header.max_entries / 3, "node {} has {} entries",
           node.location, node.header.nr_entries);
    demand(node.separator == node.first_key, "node {}: separator {}", node.location,
           node.separator);
  }
}

void audit_map(const plain::space_map& map, const plain::count_table& references,
               std::string_view name) {
  demand(map.counts == references, "{} counts", name);
  for (const auto& bitmap : map.bitmaps)
    demand(bitmap.none_free_before == bitmap.first_free,
           "{} bitmap {}: hint {}, the first free slot is {}", name, bitmap.location,
           bitmap.none_free_before, bitmap.first_free);
}

void audit_unused_index_entries(const pdata::memory_device& device, const plain::pool& pool) {
  const auto index = image_bytes(device).subspan(
      pdata::to_size(pool.fields.metadata.bitmap_root * plain::block_bytes));
  for (auto slot = pool.metadata.bitmaps.size(); slot < plain::bitmaps_of_index; ++slot)
    demand(plain::get64(index, 16 + slot * 16) == 0 && plain::get64(index, 24 + slot * 16) == 0,
           "index entry {} is used", slot);
}

}  // namespace

read_tree read_whole_tree(const pdata::memory_device& device, pdata::metadata_block root,
                          std::uint32_t value_size) {
  const auto found = plain::read_tree(image_bytes(device), root, value_size);
  audit_tree(found);
  read_tree tree;
  for (const auto& node : found.nodes) {
    tree.nodes.insert(node.location);
    if (!node.header.is_leaf()) continue;
    tree.leaves.push_back(node.location);
    tree.height = node.depth;
  }
  for (const auto& entry : found.entries) {
    tree.keys.push_back(entry.key);
    tree.values.emplace_back(entry.value.begin(), entry.value.end());
  }
  return tree;
}

audited_pool audit_pool(const pdata::memory_device& device) {
  const auto image = image_bytes(device);
  const auto found = plain::read_pool(image);
  demand(found.faults.empty(), "{}", found.faults.empty() ? "" : found.faults.front());
  demand(found.fields.held_root == 0, "a metadata snapshot");
  demand(found.without_details.empty() && found.without_mappings.empty(),
         "the trees name different devices");

  const auto audit = [&](std::uint64_t root, std::uint32_t value_size) {
    audit_tree(plain::read_tree(image, root, value_size));
  };
  audit(found.fields.details_root, 24);
  audit(found.fields.mapping_root, 8);
  audit(found.fields.data.bitmap_root, 16);
  audit(found.fields.data.overflow_root, 4);
  audit(found.fields.metadata.overflow_root, 4);

  audited_pool pool;
  pool.superblock = pdata::superblock::load(device.at(0).view());
  for (const auto& [id, from] : found.devices) {
    auto& target = pool.devices[id];
    audit(from.root, 8);
    target.details = with_types(from.about);
    target.mappings = with_types(from.mappings);
    for (const auto& [key, leaf] : from.leaves) target.leaves.push_back(leaf);
    demand(target.details.mapped_blocks == target.mappings.size(), "mapped_blocks of {}", id);
  }
  audit_map(found.data, found.data_references, "data");
  audit_map(found.metadata, found.metadata_references, "metadata");
  audit_unused_index_entries(device, found);
  demand(found.fields.metadata.nr_blocks ==
             std::min<std::uint64_t>(device.nr_blocks(),
                                     plain::bitmaps_of_index * plain::counts_of_bitmap),
         "size of the metadata device");
  pool.nr_metadata_used = found.metadata_references.size();
  return pool;
}

}  // namespace test_support
