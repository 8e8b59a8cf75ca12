#include "tests/unit/support/pool_audit.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/io/validate.h"

namespace test_support {

namespace {

using pdata::block_kind;
using pdata::memory_device;
using pdata::metadata_block;
using counts = std::map<std::uint64_t, std::uint32_t>;  // those that are not 0

template <class... Values>
void demand(bool condition, fmt::format_string<Values...> words, Values&&... values) {
  if (!condition) throw std::runtime_error(fmt::format(words, std::forward<Values>(values)...));
}

pdata::block_view sound_block(const memory_device& device, metadata_block at, block_kind kind) {
  demand(at < device.nr_blocks(), "block {} is outside", at);
  const auto view = device.at(at).view();
  demand(!pdata::validate(view, kind, at), "block {} is no {}", at, block_kind_name(kind));
  return view;
}

class tree_reader {
 public:
  tree_reader(const memory_device& device, std::uint32_t value_size)
      : device_(device), value_size_(value_size) {}

  void read(metadata_block at, bool is_root, std::uint32_t depth) {
    const auto parsed = pdata::node_view::parse(sound_block(device_, at, block_kind::btree_node));
    const auto* node = std::get_if<pdata::node_view>(&parsed);
    demand(node != nullptr, "node {} is malformed", at);
    const std::uint32_t size = node->is_leaf() ? value_size_ : pdata::child_value_bytes;
    const std::uint32_t max = pdata::max_node_entries(size);
    demand(node->value_size() == size && node->max_entries() == max, "node {}: its layout", at);
    demand(is_root || node->nr_entries() >= max / 3, "node {} has {} entries", at,
           node->nr_entries());
    tree.nodes.insert(at);
    if (node->is_leaf()) {
      demand(!height || *height == depth, "leaf {} at depth {}", at, depth);
      height = depth;
      tree.leaves.push_back(at);
    }
    for (std::uint32_t i = 0; i < node->nr_entries(); ++i) {
      if (node->is_leaf()) {
        demand(tree.keys.empty() || tree.keys.back() < node->key(i), "key {} again", node->key(i));
        tree.keys.push_back(node->key(i));
        const auto value = node->value(i);
        tree.values.emplace_back(value.begin(), value.end());
      } else {
        const std::size_t before = tree.keys.size();
        read(node->value_u64(i), false, depth + 1);
        demand(tree.keys.size() > before && tree.keys[before] == node->key(i),
               "node {}: separator {}", at, node->key(i));
      }
    }
  }

  read_tree tree;
  std::optional<std::uint32_t> height;

 private:
  const memory_device& device_;
  std::uint32_t value_size_;
};

// Adds the references that the distinct nodes of trees make.
class reference_counter {
 public:
  explicit reference_counter(const memory_device& device) : device_(device) {}

  // True if the block was not met before.
  bool meet(metadata_block at) { return ++metadata[at] == 1; }

  void tree(metadata_block root) {
    if (!meet(root)) return;
    children(root, [this](metadata_block child) { tree(child); });
  }

  void mapping_tree(metadata_block root) {
    if (!meet(root)) return;
    const auto node = view(root);
    if (node.is_leaf())
      for (std::uint32_t i = 0; i < node.nr_entries(); ++i)
        ++data[pdata::unpack_mapping(node.value_u64(i)).block];
    children(root, [this](metadata_block child) { mapping_tree(child); });
  }

  counts metadata;
  counts data;

 private:
  pdata::node_view view(metadata_block at) const {
    return std::get<pdata::node_view>(pdata::node_view::parse(device_.at(at).view()));
  }
  template <class Visit>
  void children(metadata_block at, Visit visit) {
    const auto node = view(at);
    if (node.is_leaf()) return;
    for (std::uint32_t i = 0; i < node.nr_entries(); ++i) visit(node.value_u64(i));
  }

  const memory_device& device_;
};

std::uint32_t u32(const std::vector<std::byte>& bytes) {
  std::uint32_t value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}
std::uint64_t u64(const std::vector<std::byte>& bytes) {
  std::uint64_t value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

std::uint32_t lookup(const counts& from, std::uint64_t block) {
  const auto found = from.find(block);
  return found == from.end() ? 0 : found->second;
}

void audit_bitmap(const memory_device& device, const pdata::index_entry& entry, std::uint64_t first,
                  std::uint64_t nr_blocks, const counts& expected) {
  const auto bitmap = sound_block(device, entry.location, block_kind::bitmap);
  std::uint32_t nr_free = 0;
  for (std::uint32_t slot = 0; slot < pdata::entries_per_bitmap; ++slot) {
    const std::uint32_t count = first + slot < nr_blocks ? lookup(expected, first + slot) : 0;
    nr_free += count == 0;
    const std::uint32_t stored = pdata::bitmap_count(bitmap, slot);
    demand(stored == std::min(count, pdata::count_in_overflow), "count of {}: {} instead of {}",
           first + slot, stored, count);
    demand(count != 0 || slot >= entry.none_free_before, "slot {} is free before {}", slot,
           entry.none_free_before);
    demand(slot >= entry.none_free_before || count != 0, "hint {} of a bitmap",
           entry.none_free_before);
  }
  demand(nr_free == entry.nr_free, "nr_free {} instead of {}", entry.nr_free, nr_free);
}

void audit_overflow(const read_tree& tree, const counts& expected) {
  counts large;
  for (const auto& [block, count] : expected)
    if (count >= pdata::count_in_overflow) large.emplace(block, count);
  demand(large.size() == tree.keys.size(), "{} overflow entries instead of {}", tree.keys.size(),
         large.size());
  for (std::size_t i = 0; i < tree.keys.size(); ++i)
    demand(lookup(large, tree.keys[i]) == u32(tree.values[i]), "overflow count of {}",
           tree.keys[i]);
}

void audit_data_map(const memory_device& device, const pdata::space_map_root& root,
                    const counts& expected, reference_counter& references) {
  const auto index = read_whole_tree(device, root.bitmap_root, pdata::index_entry::bytes);
  references.tree(root.bitmap_root);
  references.tree(root.ref_count_root);
  demand(root.nr_allocated == expected.size(), "data nr_allocated {}", root.nr_allocated);
  const std::uint64_t per_bitmap = pdata::entries_per_bitmap;
  demand(index.keys.size() == (root.nr_blocks + per_bitmap - 1) / per_bitmap, "bitmaps");
  for (std::size_t i = 0; i < index.keys.size(); ++i) {
    demand(index.keys[i] == i, "data bitmap {}", i);
    const auto entry = pdata::index_entry::load(index.values[i]);
    references.meet(entry.location);
    audit_bitmap(device, entry, i * per_bitmap, root.nr_blocks, expected);
  }
  audit_overflow(read_whole_tree(device, root.ref_count_root, 4), expected);
}

void audit_metadata_map(const memory_device& device, const pdata::space_map_root& root,
                        reference_counter& references) {
  const auto index = sound_block(device, root.bitmap_root, block_kind::index);
  references.meet(root.bitmap_root);
  references.tree(root.ref_count_root);
  const std::uint64_t per_bitmap = pdata::entries_per_bitmap;
  const std::uint64_t nr_bitmaps = (root.nr_blocks + per_bitmap - 1) / per_bitmap;
  for (std::uint64_t slot = 0; slot < pdata::max_metadata_bitmaps; ++slot) {
    const auto entry = pdata::load_index_entry(index, slot);
    if (slot < nr_bitmaps) {
      references.meet(entry.location);
    } else {
      demand(entry == pdata::index_entry{}, "index entry {} is used", slot);
    }
  }
  for (std::uint64_t slot = 0; slot < nr_bitmaps; ++slot)
    audit_bitmap(device, pdata::load_index_entry(index, slot), slot * per_bitmap, root.nr_blocks,
                 references.metadata);
  demand(root.nr_allocated == references.metadata.size(), "metadata nr_allocated {} instead of {}",
         root.nr_allocated, references.metadata.size());
  audit_overflow(read_whole_tree(device, root.ref_count_root, 4), references.metadata);
}

}  // namespace

read_tree read_whole_tree(const memory_device& device, metadata_block root,
                          std::uint32_t value_size) {
  tree_reader reader(device, value_size);
  reader.read(root, true, 0);
  reader.tree.height = *reader.height;
  return std::move(reader.tree);
}

audited_pool audit_pool(const memory_device& device) {
  audited_pool pool;
  pool.superblock = pdata::superblock::load(sound_block(device, 0, block_kind::superblock));
  const auto& fields = pool.superblock;
  demand(fields.magic == pdata::superblock_magic && fields.held_root == 0, "superblock");

  reference_counter references(device);
  references.meet(pdata::superblock_location);
  references.tree(fields.details_root);
  references.tree(fields.mapping_root);
  const auto details = read_whole_tree(device, fields.details_root, pdata::device_details::bytes);
  const auto roots = read_whole_tree(device, fields.mapping_root, 8);
  demand(details.keys == roots.keys, "the trees name different devices");
  for (std::size_t i = 0; i < roots.keys.size(); ++i) {
    auto& target = pool.devices[roots.keys[i]];
    target.details = pdata::device_details::load(details.values[i]);
    references.mapping_tree(u64(roots.values[i]));
    const auto tree = read_whole_tree(device, u64(roots.values[i]), 8);
    for (std::size_t k = 0; k < tree.keys.size(); ++k)
      target.mappings.emplace(tree.keys[k], pdata::unpack_mapping(u64(tree.values[k])));
    target.leaves = tree.leaves;
    demand(target.details.mapped_blocks == tree.keys.size(), "mapped_blocks of {}", roots.keys[i]);
  }

  audit_data_map(device, fields.data_space_map, references.data, references);
  demand(fields.metadata_space_map.nr_blocks ==
             std::min<metadata_block>(device.nr_blocks(), pdata::max_metadata_blocks),
         "size of the metadata device");
  audit_metadata_map(device, fields.metadata_space_map, references);
  pool.nr_metadata_used = references.metadata.size();
  return pool;
}

}  // namespace test_support
