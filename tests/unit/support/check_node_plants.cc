#include <gtest/gtest.h>

#include <array>
#include <map>

#include "tests/unit/support/check_plants.h"

namespace test_support {

namespace {

using children = std::vector<std::pair<std::uint64_t, metadata_block>>;

void fill_node(damaged_image& image, metadata_block at, bool leaf, const children& entries) {
  auto node = node_editor::format(image.device().at(at).span(),
                                  leaf ? node_kind::leaf : node_kind::internal, 8, 252);
  node.set_nr_entries(static_cast<std::uint32_t>(entries.size()));
  for (std::uint32_t i = 0; i < entries.size(); ++i) {
    node.set_key(i, entries[i].first);
    node.set_value_u64(i, entries[i].second);
  }
  image.set_node(at, "padding", 0);
}

metadata_block new_node(damaged_image& image, bool leaf, const children& entries) {
  const auto at = image.allocate();
  fill_node(image, at, leaf, entries);
  return at;
}

// Puts a node between the top level and the victim's root.
void new_root(damaged_image& image, metadata_block old_root, const children& entries) {
  const auto [top, slot] = image.find(image.superblock().mapping_root, victim);
  ASSERT_EQ(image.node(top).value_u64(slot), old_root);
  image.set_value(top, slot, new_node(image, false, entries));
}

damage misfit(damage_id id, metadata_block location, std::uint64_t expected, std::uint64_t actual) {
  return {.id = id,
          .where = structure::mapping_tree,
          .location = location,
          .expected = expected,
          .actual = actual};
}

damage underfull(metadata_block location, std::uint32_t nr_entries) {
  return misfit(damage_id::node_underfull, location, 84, nr_entries);
}

// By location: two internal nodes and their leaves that are too small.
std::map<metadata_block, std::uint32_t> small_nodes(const damaged_image& image,
                                                    metadata_block first, metadata_block second) {
  std::map<metadata_block, std::uint32_t> small;
  for (const auto parent : {first, second}) {
    small[parent] = image.node(parent).nr_entries();
    for (std::uint32_t i = 0; i < image.node(parent).nr_entries(); ++i) {
      const auto child = image.node(parent).value_u64(i);
      if (image.node(child).nr_entries() < 84) small[child] = image.node(child).nr_entries();
    }
  }
  return small;
}

}  // namespace

std::vector<plant> node_plants() {
  return {
      {damage_id::block_checksum,
       [](damaged_image& image) {
         const victim_leaf leaf(image);
         image.device().at(leaf.location).bytes[3000] ^= std::byte{4};
         return findings{leaf.lost(damage_id::block_checksum, 0, 0)};
       }},
      {damage_id::block_kind,
       [](damaged_image& image) {
         const victim_leaf leaf(image);
         image.reseal(leaf.location, block_kind::bitmap);
         return findings{leaf.lost(damage_id::block_kind, 1, 3)};
       }},
      {damage_id::block_misplaced,
       [](damaged_image& image) {
         const victim_leaf leaf(image);
         seal(image.device().at(leaf.location).span(), block_kind::btree_node, 77);
         return findings{leaf.lost(damage_id::block_misplaced, leaf.location, 77)};
       }},
      {damage_id::block_out_of_range,
       [](damaged_image& image) {
         victim_leaf leaf(image);
         leaf.location = 5000;
         image.set_value(leaf.root, 1, 5000);
         return findings{leaf.lost(damage_id::block_out_of_range, nr_metadata_blocks, 5000)};
       }},
      leaf_field(damage_id::node_flags, "flags", 4, 0),
      leaf_field(damage_id::node_value_size, "value_size", 4, 8),
      leaf_field(damage_id::node_max_entries, "max_entries", 300, 254),
      leaf_field(damage_id::node_nr_entries, "nr_entries", 253, 252),
      {damage_id::node_key_order,
       [](damaged_image& image) {
         const victim_leaf leaf(image);
         const auto key = image.node(leaf.location).key(3);
         image.set_key(leaf.location, 4, key);
         return findings{leaf.lost(damage_id::node_key_order, 0, 4)};
       }},
      {damage_id::node_empty,
       [](damaged_image& image) {
         const auto root = image.device_root(victim);
         image.set_node(root, "nr_entries", 0);
         return findings{{.id = damage_id::node_empty,
                          .where = structure::mapping_tree,
                          .device = victim,
                          .location = root,
                          .lost = key_range{}}};
       }},
      {damage_id::node_keys_below_parent,
       [](damaged_image& image) {
         const victim_leaf leaf(image);
         image.set_key(leaf.location, 0, leaf.separator - 1);
         return findings{
             leaf.lost(damage_id::node_keys_below_parent, leaf.separator, leaf.separator - 1)};
       }},
      {damage_id::node_keys_above_parent,
       [](damaged_image& image) {
         const victim_leaf leaf(image);
         const auto last = image.node(leaf.location).nr_entries() - 1;
         image.set_key(leaf.location, last, leaf.next_separator);
         return findings{leaf.lost(damage_id::node_keys_above_parent, leaf.next_separator,
                                   leaf.next_separator)};
       }},
      {damage_id::node_depth,
       [](damaged_image& image) {
         victim_leaf leaf(image);
         const auto between = image.allocate();
         auto node =
             node_editor::format(image.device().at(between).span(), node_kind::internal, 8, 252);
         node.set_nr_entries(1);
         node.set_key(0, leaf.separator);
         node.set_value_u64(0, leaf.location);
         image.set_node(between, "padding", 0);
         image.set_value(leaf.root, 1, between);
         leaf.location = between;
         return findings{leaf.lost(damage_id::node_depth, 0, 1),
                         {.id = damage_id::node_underfull,
                          .where = structure::mapping_tree,
                          .location = between,
                          .expected = 84,
                          .actual = 1}};
       }},
      {damage_id::node_separator_low,
       [](damaged_image& image) {
         // A new root whose separator is that of the leaf's first key, which is above the
         // old root's: no key is below it.
         const victim_leaf leaf(image, 0);
         image.set_key(leaf.location, 0, leaf.separator + 1);
         new_root(image, leaf.root, {{leaf.separator + 1, leaf.root}});
         return findings{
             underfull(leaf.root, image.node(leaf.root).nr_entries()),
             misfit(damage_id::node_separator_low, leaf.root, leaf.separator + 1, leaf.separator)};
       }},
      {damage_id::node_separator_high,
       [](damaged_image& image) {
         // The old root gets an empty leaf at the end, and beside it a node that begins at the
         // same key.
         const victim_leaf leaf(image, 0);
         const auto key = image.node(leaf.root).last_key() + 100000;
         const auto second = image.allocate();
         const auto empty = new_node(image, true, {});
         auto root = image.edit(leaf.root);
         std::array<std::byte, 8> child{};
         store_le<std::uint64_t>(child, 0, empty);
         root.insert_at(root.nr_entries(), key, child);
         image.reseal(leaf.root, block_kind::btree_node);
         fill_node(image, second, false, {{key, new_node(image, true, {})}});
         new_root(image, leaf.root, {{leaf.separator, leaf.root}, {key, second}});
         std::vector<damage> all;
         for (const auto& [location, nr_entries] : small_nodes(image, leaf.root, second))
           all.push_back(underfull(location, nr_entries));
         all.push_back(misfit(damage_id::node_separator_high, leaf.root, key, key));
         return all;
       }},
      {damage_id::node_loop,
       [](damaged_image& image) {
         victim_leaf leaf(image);
         image.set_value(leaf.root, 1, leaf.root);
         image.set_count(metadata, leaf.root, 2);
         leaf.location = leaf.root;
         return findings{leaf.lost(damage_id::node_loop, 0, 0)};
       }},
  };
}

std::vector<plant> remark_plants() {
  const auto remark = [](damage_id id, metadata_block location, std::uint64_t expected,
                         std::uint64_t actual) {
    return findings{{.id = id,
                     .where = structure::mapping_tree,
                     .location = location,
                     .expected = expected,
                     .actual = actual}};
  };
  return {
      {damage_id::node_max_entries_odd,
       [=](damaged_image& image) {
         const auto empty_leaf = image.device_root(10);
         image.set_node(empty_leaf, "max_entries", 251);
         return remark(damage_id::node_max_entries_odd, empty_leaf, 252, 251);
       }},
      {damage_id::node_padding,
       [=](damaged_image& image) {
         const victim_leaf leaf(image);
         image.set_node(leaf.location, "padding", 9);
         return remark(damage_id::node_padding, leaf.location, 0, 9);
       }},
      {damage_id::node_underfull,
       [=](damaged_image& image) {
         // The first leaf of the data overflow tree gives 100 entries to the second.
         const auto root = image.superblock().data_space_map.ref_count_root;
         const auto first = image.leaves(root).at(0);
         const auto second = image.leaves(root).at(1);
         auto from = image.edit(first);
         auto to = image.edit(second);
         const auto left = from.nr_entries() - 100;
         node_editor::move_entries(to, 100, to, 0, to.nr_entries());
         node_editor::move_entries(to, 0, from, left, 100);
         to.set_nr_entries(to.nr_entries() + 100);
         from.set_nr_entries(left);
         image.set_key(root, 1, to.key(0));
         image.reseal(first, block_kind::btree_node);
         image.reseal(second, block_kind::btree_node);
         auto finding = remark(damage_id::node_underfull, first, 112, left);
         finding.front().where = structure::data_overflow_tree;
         return finding;
       }},
  };
}

}  // namespace test_support
