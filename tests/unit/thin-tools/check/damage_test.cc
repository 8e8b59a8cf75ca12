// Plants every kind of damage of the catalogue into a kernel-made image, by the
// name of the field, resealed, and expects exactly its report.
#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "persistent-data/base/error.h"
#include "persistent-data/format/mapping_value.h"
#include "tests/unit/support/bad_block_device.h"
#include "tests/unit/support/check_plants.h"
#include "tests/unit/support/print_damage.h"
#include "thin-tools/check/check.h"

namespace {

using namespace test_support;

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

// The data blocks of each device, once for each mapping.
std::map<device_id, std::vector<data_block>> mapped_blocks(const damaged_image& image) {
  std::map<device_id, std::vector<data_block>> blocks;
  for (const auto top : image.leaves(image.superblock().mapping_root))
    for (std::uint32_t i = 0; i < image.node(top).nr_entries(); ++i)
      for (const auto leaf : image.leaves(image.node(top).value_u64(i)))
        for (std::uint32_t k = 0; k < image.node(leaf).nr_entries(); ++k)
          blocks[image.node(top).key(i)].push_back(
              unpack_mapping(image.node(leaf).value_u64(k)).block);
  return blocks;
}

std::map<data_block, std::uint64_t> uses_of_data_blocks(const damaged_image& image) {
  std::map<data_block, std::uint64_t> nr_uses;
  for (const auto& [device, blocks] : mapped_blocks(image))
    for (const auto block : blocks) ++nr_uses[block];
  return nr_uses;
}

// A mapping of the victim to a block that the pool does not have.
plant mapping_to(data_block block) {
  return {damage_id::mapping_beyond_data, [=](damaged_image& image) {
            const victim_leaf leaf(image);
            const auto key = image.node(leaf.location).key(3);
            image.set_value(leaf.location, 3, pack_mapping({block, 0}));
            auto finding = leaf.lost(damage_id::mapping_beyond_data, nr_data_blocks, block);
            finding.lost = key_range{key, key + 1};
            return findings{finding};
          }};
}

// The last device gets another id.
void rename_last_device(damaged_image& image, metadata_block root, device_id to) {
  const auto leaf = image.leaves(root).back();
  image.set_key(leaf, image.node(leaf).nr_entries() - 1, to);
}

std::vector<plant> device_plants() {
  const auto renamed_in_one = [](damaged_image& image) {
    rename_last_device(image, image.superblock().mapping_root, 16);
    return findings{
        about_device(damage_id::device_without_mappings, structure::mapping_tree, 15, 0, 0),
        about_device(damage_id::device_without_details, structure::details_tree, 16, 0, 0)};
  };
  return {
      {damage_id::device_without_mappings, renamed_in_one},
      {damage_id::device_without_details, renamed_in_one},
      {damage_id::device_id_too_large,
       [](damaged_image& image) {
         const device_id large = 1 << 24;
         rename_last_device(image, image.superblock().mapping_root, large);
         rename_last_device(image, image.superblock().details_root, large);
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
      {damage_id::mapping_times,
       [](damaged_image& image) {
         const victim_leaf leaf(image);
         const auto time = image.superblock().time;
         const auto nr_uses = uses_of_data_blocks(image);
         const auto mapping_at = [&](std::uint32_t slot) {
           return unpack_mapping(image.node(leaf.location).value_u64(slot));
         };
         std::uint32_t slot = 0;  // of a mapping that has its block to itself
         while (nr_uses.at(mapping_at(slot).block) != 1) ++slot;
         auto mapping = mapping_at(slot);
         mapping.time = time + 5;
         image.set_value(leaf.location, slot, pack_mapping(mapping));
         return findings{about_device(damage_id::mapping_times, structure::mapping_tree, victim,
                                      time, time + 5)};
       }},
      {damage_id::shared_block_times,
       [](damaged_image& image) {
         // A device that shares blocks, as if it had never been a snapshot's origin.
         const auto nr_uses = uses_of_data_blocks(image);
         for (const auto& [device, blocks] : mapped_blocks(image)) {
           const auto nr_shared = static_cast<std::uint64_t>(std::ranges::count_if(
               blocks, [&](data_block block) { return nr_uses.at(block) > 1; }));
           if (nr_shared == 0) continue;
           image.set_details(device, "snapshotted_time", 0);
           return findings{about_device(damage_id::shared_block_times, structure::mapping_tree,
                                        device, 0, nr_shared)};
         }
         return findings{};
       }},
      mapping_to(nr_data_blocks),
      mapping_to(nr_data_blocks + 5),
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

plant allocated(damage_id id, int difference) {
  return {
      id, [=](damaged_image& image) {
        const auto nr_allocated = image.superblock().data_space_map.nr_allocated;
        const auto wrong = nr_allocated + static_cast<std::uint64_t>(difference);
        image.set_superblock("data_space_map_root.nr_allocated", wrong);
        return findings{
            {.id = id, .where = structure::data_bitmap, .expected = nr_allocated, .actual = wrong}};
      }};
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
      {damage_id::index_nr_free_low,
       [=](damaged_image& image) {
         const auto nr_free = image.index(metadata, 0).nr_free;
         // The slots beyond the end of the device may be counted as free or not.
         const auto low = nr_free - (entries_per_bitmap - nr_metadata_blocks) - 1;
         image.set_index_entry(metadata, 0, "nr_free", low);
         return about_bitmap(image, damage_id::index_nr_free_low, nr_free, low);
       }},
      allocated(damage_id::nr_allocated, -1),
      allocated(damage_id::nr_allocated_high, 1),
      {damage_id::metadata_full,
       [](damaged_image& image) {
         const auto map = image.superblock().metadata_space_map;
         return findings{{.id = damage_id::metadata_full,
                          .where = structure::metadata_bitmap,
                          .expected = map.nr_blocks / 10,
                          .actual = map.nr_blocks - map.nr_allocated}};
       },
       "metadata-full"},
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

TEST(damage, is_not_what_is_just_allowed) {
  damaged_image image("mixed-0");
  const auto largest = (1 << 24) - 1;
  rename_last_device(image, image.superblock().mapping_root, largest);
  rename_last_device(image, image.superblock().details_root, largest);
  // Slots beyond the end of the device are not counted as free by all writers.
  const auto nr_beyond = entries_per_bitmap - nr_metadata_blocks;
  image.set_index_entry(metadata, 0, "nr_free", image.index(metadata, 0).nr_free - nr_beyond);
  for (const auto& finding : thin_tools::check(image.device(), "image", {}).findings)
    ADD_FAILURE() << describe(finding);
}

TEST(damage, of_every_kind_is_planted) {
  std::vector<damage_id> planted{damage_id::block_unreadable, damage_id::metadata_truncated};
  for (const auto& p : all_plants()) planted.push_back(p.id);
  for (std::size_t row = 0; row < damage_catalogue().size(); ++row)
    EXPECT_NE(std::ranges::find(planted, static_cast<damage_id>(row)), planted.end())
        << damage_catalogue()[row].name;
}

}  // namespace
