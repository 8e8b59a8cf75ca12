// What the tests of thin_check plant into kernel-made images, by the name of the field, and what
// it is to report.
#pragma once

#include <functional>
#include <vector>

#include "persistent-data/format/damage_catalogue.h"
#include "tests/unit/support/damaged_image.h"

namespace test_support {

using namespace pdata;
using findings = std::vector<damage>;

inline constexpr auto metadata = space_map_kind::metadata;
inline constexpr auto data = space_map_kind::data;
inline constexpr device_id victim = 2;  // in mixed-0: a root and six leaves, nothing shared
inline constexpr std::uint64_t nr_metadata_blocks = 2048;
inline constexpr std::uint64_t nr_data_blocks = 16384;

struct plant {
  damage_id id;
  std::function<findings(damaged_image&)> grow;
  const char* image = "mixed-0";
};

inline damage in_superblock(damage_id id, std::uint64_t expected, std::uint64_t actual) {
  return {.id = id, .where = structure::superblock, .expected = expected, .actual = actual};
}

inline plant superblock_field(damage_id id, const char* field, std::uint64_t value,
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

inline plant leaf_field(damage_id id, const char* field, std::uint64_t value,
                        std::uint64_t expected) {
  return {id, [=](damaged_image& image) {
            const victim_leaf leaf(image);
            image.set_node(leaf.location, field, value);
            return findings{leaf.lost(id, expected, value)};
          }};
}

inline damage about_device(damage_id id, structure where, device_id device, std::uint64_t expected,
                           std::uint64_t actual) {
  return {.id = id, .where = where, .device = device, .expected = expected, .actual = actual};
}

inline damage about_counts(damage_id id, structure where, key_range blocks, std::uint64_t expected,
                           std::uint64_t actual) {
  return {.id = id, .where = where, .blocks = blocks, .expected = expected, .actual = actual};
}

// The last leaf of the data overflow tree of mixed-0.
inline metadata_block last_overflow_leaf(const damaged_image& image) {
  return image.leaves(image.superblock().data_space_map.ref_count_root).back();
}

std::vector<plant> node_plants();    // damage to nodes
std::vector<plant> remark_plants();  // nodes that are suspicious

}  // namespace test_support
