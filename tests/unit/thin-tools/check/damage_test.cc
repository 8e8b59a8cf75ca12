// Plants every kind of damage of the catalogue into a kernel-made image, by the
// name of the field, resealed, and expects exactly its report.
#include <gtest/gtest.h>

#include <functional>

#include "persistent-data/base/error.h"
#include "persistent-data/format/damage_catalogue.h"
#include "persistent-data/format/mapping_value.h"
#include "tests/unit/support/bad_block_device.h"
#include "tests/unit/support/damaged_image.h"
#include "tests/unit/support/print_damage.h"
#include "thin-tools/check/check.h"

namespace {

using namespace pdata;
using test_support::damaged_image;
using findings = std::vector<damage>;

constexpr auto metadata = space_map_kind::metadata;
constexpr auto data = space_map_kind::data;
constexpr device_id victim = 2;  // in mixed-0: a root and six leaves, nothing shared
constexpr std::uint64_t nr_metadata_blocks = 2048;
constexpr std::uint64_t nr_data_blocks = 16384;

struct plant {
  damage_id id;
  std::function<findings(damaged_image&)> grow;
  const char* image = "mixed-0";
};

damage in_superblock(damage_id id, std::uint64_t expected, std::uint64_t actual) {
  return {.id = id, .where = structure::superblock, .expected = expected, .actual = actual};
}

plant superblock_field(damage_id id, const char* field, std::uint64_t value,
                       std::uint64_t expected) {
  return {id, [=](damaged_image& image) {
            image.set_superblock(field, value);
            return findings{in_superblock(id, expected, value)};
          }};
}

// The victim's leaf that the entry `slot` of its root points to.
struct victim_leaf {
  metadata_block root, location;
  std::uint64_t separator, next_separator;

  explicit victim_leaf(const damaged_image& image, std::uint32_t slot = 1)
      : root(image.device_root(victim)),
        location(image.node(root).value_u64(slot)),
        separator(image.node(root).key(slot)),
        next_separator(image.node(root).key(slot + 1)) {}

  damage lost(damage_id id, std::uint64_t expected, std::uint64_t actual) const {
    return {.id = id,
            .where = structure::mapping_tree,
            .device = victim,
            .location = location,
            .lost = key_range{separator, next_separator},
            .expected = expected,
            .actual = actual};
  }
};

plant leaf_field(damage_id id, const char* field, std::uint64_t value, std::uint64_t expected) {
  return {id, [=](damaged_image& image) {
            const victim_leaf leaf(image);
            image.set_node(leaf.location, field, value);
            return findings{leaf.lost(id, expected, value)};
          }};
}

damage about_device(damage_id id, structure where, device_id device, std::uint64_t expected,
                    std::uint64_t actual) {
  return {.id = id, .where = where, .device = device, .expected = expected, .actual = actual};
}

damage about_counts(damage_id id, structure where, key_range blocks, std::uint64_t expected,
                    std::uint64_t actual) {
  return {.id = id, .where = where, .blocks = blocks, .expected = expected, .actual = actual};
}

// The last leaf of the data overflow tree of mixed-0.
metadata_block last_overflow_leaf(const damaged_image& image) {
  return image.leaves(image.superblock().data_space_map.ref_count_root).back();
}

std::vector<plant> superblock_plants() {
  return {
      {damage_id::superblock_checksum,
       [](damaged_image& image) {
         image.device().at(0).bytes[48] ^= std::byte{1};
         return findings{in_superblock(damage_id::superblock_checksum, 0, 0)};
       }},
      superblock_field(damage_id::superblock_bad_magic, "magic", 1, superblock_magic),
      superblock_field(damage_id::superblock_unknown_version, "version", 3, 2),
      superblock_field(damage_id::superblock_incompat_features, "incompat_flags", 5, 0),
      superblock_field(damage_id::superblock_compat_ro_features, "compat_ro_flags", 8, 0),
      superblock_field(damage_id::superblock_data_block_size, "data_block_size", 100, 128),
      superblock_field(damage_id::superblock_metadata_block_size, "metadata_block_size", 16, 8),
      superblock_field(damage_id::superblock_flags, "flags", 2, 0),
      superblock_field(damage_id::superblock_needs_check, "flags", 1, 0),
      superblock_field(damage_id::metadata_map_size, "metadata_space_map_root.nr_blocks",
                       max_metadata_blocks + 1, max_metadata_blocks),
      superblock_field(damage_id::data_map_size, "data_space_map_root.nr_blocks",
                       nr_metadata_blocks * entries_per_bitmap + 1,
                       nr_metadata_blocks * entries_per_bitmap),
      {damage_id::superblock_junk,
       [](damaged_image& image) {
         image.device().at(0).bytes[superblock::bytes_used] = std::byte{1};
         image.reseal(0, block_kind::superblock);
         return findings{in_superblock(damage_id::superblock_junk, 0, 0)};
       }},
      {damage_id::snapshot_nested,
       [](damaged_image& image) {
         const auto copy = image.superblock().held_root;
         image.set_superblock("held_root", 5, copy);
         auto finding = in_superblock(damage_id::snapshot_nested, 0, 5);
         finding.in_snapshot = true;
         finding.location = copy;
         return findings{finding};
       },
       "metadata-snapshot"},
      {damage_id::snapshot_space_maps,
       [](damaged_image& image) {
         const auto copy = image.superblock().held_root;
         image.set_superblock("data_space_map_root.nr_blocks", 7, copy);
         auto finding = in_superblock(damage_id::snapshot_space_maps, 0, 0);
         finding.in_snapshot = true;
         finding.location = copy;
         return findings{finding};
       },
       "metadata-snapshot"},
  };
}

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
         auto node = node_editor::format(image.device().at(between).span(), false, 8, 252);
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

std::vector<plant> device_plants() {
  const auto rename = [](damaged_image& image, metadata_block root, device_id to) {
    const auto leaf = image.leaves(root).back();
    image.set_key(leaf, image.node(leaf).nr_entries() - 1, to);
  };
  const auto renamed_in_one = [=](damaged_image& image) {
    rename(image, image.superblock().mapping_root, 16);
    return findings{
        about_device(damage_id::device_without_mappings, structure::mapping_tree, 15, 0, 0),
        about_device(damage_id::device_without_details, structure::details_tree, 16, 0, 0)};
  };
  return {
      {damage_id::device_without_mappings, renamed_in_one},
      {damage_id::device_without_details, renamed_in_one},
      {damage_id::device_id_too_large,
       [=](damaged_image& image) {
         const device_id large = 1 << 24;
         rename(image, image.superblock().mapping_root, large);
         rename(image, image.superblock().details_root, large);
         return findings{about_device(damage_id::device_id_too_large, structure::details_tree,
                                      large, large - 1, large)};
       }},
      {damage_id::device_mapped_blocks,
       [](damaged_image& image) {
         image.set_details(15, "mapped_blocks", 7);
         return findings{
             about_device(damage_id::device_mapped_blocks, structure::details_tree, 15, 7, 0)};
       }},
      {damage_id::device_times,
       [](damaged_image& image) {
         image.set_details(victim, "snapshotted_time", 1000);
         return findings{about_device(damage_id::device_times, structure::details_tree, victim,
                                      image.superblock().time, 1000)};
       }},
      {damage_id::mapping_beyond_data,
       [](damaged_image& image) {
         const victim_leaf leaf(image);
         const auto key = image.node(leaf.location).key(3);
         image.set_value(leaf.location, 3, pack_mapping({nr_data_blocks + 5, 0}));
         auto finding =
             leaf.lost(damage_id::mapping_beyond_data, nr_data_blocks, nr_data_blocks + 5);
         finding.lost = key_range{key, key + 1};
         return findings{finding};
       }},
  };
}

std::vector<plant> count_plants() {
  return {
      {damage_id::count_too_high,
       [](damaged_image& image) {
         const auto block = image.block_with_count(data, 1);
         image.set_count(data, block, 2);
         return findings{about_counts(damage_id::count_too_high, structure::data_bitmap,
                                      {block, block + 1}, 1, 2)};
       }},
      {damage_id::count_too_low,
       [](damaged_image& image) {
         const auto block = image.block_with_count(data, 2);
         image.set_count(data, block, 1);
         return findings{about_counts(damage_id::count_too_low, structure::data_bitmap,
                                      {block, block + 1}, 2, 1)};
       }},
      {damage_id::count_overflow_missing,
       [](damaged_image& image) {
         const auto block = image.block_with_count(metadata, 1);
         image.set_count(metadata, block, 3);
         auto finding = about_counts(damage_id::count_overflow_missing, structure::metadata_bitmap,
                                     {0, nr_metadata_blocks}, 0, 1);
         finding.location = image.bitmap(metadata, 0);
         return findings{finding};
       }},
      {damage_id::overflow_small,
       [](damaged_image& image) {
         const auto leaf = last_overflow_leaf(image);
         const auto block = image.node(leaf).key(0);
         const auto before = image.node(leaf).value_u32(0);
         image.edit(leaf).set_value_u32(0, 2);
         image.reseal(leaf, block_kind::btree_node);
         auto small = about_counts(damage_id::overflow_small, structure::data_overflow_tree,
                                   {block, block + 1}, 0, 2);
         small.location = leaf;
         return findings{small, about_counts(damage_id::count_too_low, structure::data_bitmap,
                                             {block, block + 1}, before, 2)};
       }},
      {damage_id::overflow_unexpected,
       [](damaged_image& image) {
         const auto leaf = last_overflow_leaf(image);
         const auto block = nr_data_blocks - 1;
         auto node = image.edit(leaf);
         const std::array<std::byte, 4> three{std::byte{3}};
         node.insert_at(node.nr_entries(), block, three);
         image.reseal(leaf, block_kind::btree_node);
         auto finding = about_counts(damage_id::overflow_unexpected, structure::data_bitmap,
                                     {entries_per_bitmap, nr_data_blocks}, 0, 1);
         finding.location = image.bitmap(data, 1);
         return findings{finding};
       }},
      {damage_id::overflow_beyond_end,
       [](damaged_image& image) {
         const auto leaf = last_overflow_leaf(image);
         auto node = image.edit(leaf);
         const std::array<std::byte, 4> three{std::byte{3}};
         node.insert_at(node.nr_entries(), nr_data_blocks, three);
         image.reseal(leaf, block_kind::btree_node);
         auto finding = about_counts(damage_id::overflow_beyond_end, structure::data_overflow_tree,
                                     {nr_data_blocks, std::nullopt}, 0, 3);
         finding.location = leaf;
         return findings{finding};
       }},
  };
}

std::vector<plant> summary_plants() {
  const auto about_bitmap = [](damaged_image& image, damage_id id, std::uint64_t expected,
                               std::uint64_t actual) {
    return findings{{.id = id,
                     .where = structure::metadata_bitmap,
                     .location = image.bitmap(metadata, 0),
                     .expected = expected,
                     .actual = actual}};
  };
  return {
      {damage_id::bitmap_beyond_end,
       [=](damaged_image& image) {
         image.set_count(metadata, nr_metadata_blocks + 100, 2);
         image.set_index_entry(metadata, 0, "nr_free", image.index(metadata, 0).nr_free - 1);
         return about_bitmap(image, damage_id::bitmap_beyond_end, 0, 1);
       }},
      {damage_id::index_nr_free,
       [=](damaged_image& image) {
         const auto nr_free = image.index(metadata, 0).nr_free;
         image.set_index_entry(metadata, 0, "nr_free", nr_free + 3);
         return about_bitmap(image, damage_id::index_nr_free, nr_free, nr_free + 3);
       }},
      {damage_id::index_none_free_before,
       [=](damaged_image& image) {
         const auto first_free = image.block_with_count(metadata, 0);
         image.set_index_entry(metadata, 0, "none_free_before", first_free + 1);
         return about_bitmap(image, damage_id::index_none_free_before, first_free, first_free + 1);
       }},
      {damage_id::nr_allocated,
       [](damaged_image& image) {
         const auto nr_allocated = image.superblock().data_space_map.nr_allocated;
         image.set_superblock("data_space_map_root.nr_allocated", nr_allocated + 1);
         return findings{{.id = damage_id::nr_allocated,
                          .where = structure::data_bitmap,
                          .expected = nr_allocated,
                          .actual = nr_allocated + 1}};
       }},
      {damage_id::bitmap_missing,
       [](damaged_image& image) {
         const auto leaf = image.superblock().data_space_map.bitmap_root;
         image.edit(leaf).delete_at(1);
         image.reseal(leaf, block_kind::btree_node);
         return findings{about_counts(damage_id::bitmap_missing, structure::data_index_tree,
                                      {entries_per_bitmap, nr_data_blocks}, 1, 0)};
       }},
      {damage_id::index_beyond_end,
       [](damaged_image& image) {
         const auto leaf = image.superblock().data_space_map.bitmap_root;
         const std::array<std::byte, index_entry::bytes> entry{};
         image.edit(leaf).insert_at(2, 9, entry);
         image.reseal(leaf, block_kind::btree_node);
         return findings{{.id = damage_id::index_beyond_end,
                          .where = structure::data_index_tree,
                          .expected = 2,
                          .actual = 9}};
       }},
  };
}

std::vector<plant> all_plants() {
  std::vector<plant> all;
  for (const auto& group : {superblock_plants(), node_plants(), remark_plants(), device_plants(),
                            count_plants(), summary_plants()})
    all.insert(all.end(), group.begin(), group.end());
  return all;
}

TEST(damage, is_reported_as_it_was_planted) {
  for (const auto& planted : all_plants()) {
    SCOPED_TRACE(catalogue_row(planted.id).name);
    damaged_image image(planted.image);
    const auto expected = planted.grow(image);
    const auto report = thin_tools::check(image.device(), "image", {});
    EXPECT_EQ(report.findings, expected);
    EXPECT_EQ(report.outcome() == thin_tools::verdict::damaged,
              catalogue_row(planted.id).severity == severity::fatal);
    EXPECT_EQ(report.outcome() == thin_tools::verdict::leaks,
              catalogue_row(planted.id).severity == severity::leak);
  }
}

TEST(damage, of_the_device_is_reported_with_the_errno) {
  damaged_image image("mixed-0");
  const victim_leaf leaf(image);
  test_support::bad_block_device device(image.device(), leaf.location);
  const auto report = thin_tools::check(device, "image", {});
  EXPECT_EQ(report.findings, findings{leaf.lost(damage_id::block_unreadable, 0, EIO)});
}

TEST(damage, that_cuts_the_device_off_is_an_error_of_one_line) {
  damaged_image image("mixed-0");
  image.device().resize(1000);
  try {
    thin_tools::check(image.device(), "short", {});
    FAIL();
  } catch (const error& e) {
    EXPECT_STREQ(e.what(),
                 "'short': superblock: the metadata space map describes 2048 blocks, only 1000 "
                 "exist");
  }
}

TEST(damage, of_every_kind_is_planted) {
  std::vector<damage_id> planted{damage_id::block_unreadable, damage_id::metadata_truncated};
  for (const auto& p : all_plants()) planted.push_back(p.id);
  for (std::size_t row = 0; row < damage_catalogue().size(); ++row)
    EXPECT_NE(std::ranges::find(planted, static_cast<damage_id>(row)), planted.end())
        << damage_catalogue()[row].name;
}

}  // namespace
