// What groups own and what devices share, against sets of every mapping.
#include "thin-tools/ls/group_usage.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/unit/support/built_pool.h"
#include "thin-tools/files/mapping_fingerprint.h"
#include "thin-tools/stat/sharing.h"

namespace thin_tools {
namespace {

using test_support::built_pool;

std::map<pdata::data_block, std::set<pdata::device_id>> users_of(const built_pool& pool) {
  std::map<pdata::data_block, std::set<pdata::device_id>> users;
  for (const auto& [device, table] : pool.mappings)
    for (const auto& [thin, mapping] : table) users[mapping.block].insert(device);
  return users;
}

TEST(group_usage_property, a_group_frees_what_nobody_else_maps) {
  EXPECT_TRUE(rc::check([] {
    built_pool pool(*test_support::any_pool());
    std::vector<device_group> groups(*rc::gen::inRange<std::size_t>(1, 5));
    for (auto& group : groups)
      for (const auto& [device, table] : pool.mappings)
        if (*rc::gen::arbitrary<bool>()) group.insert(device);
    const auto found = find_group_usage(pool.reader, pool.layout, groups, pool.damage);
    RC_ASSERT(found.has_value());
    RC_ASSERT(found->size() == groups.size());
    const auto users = users_of(pool);
    for (std::size_t i = 0; i < groups.size(); ++i) {
      std::uint64_t own = 0;
      std::uint64_t mapped = 0;
      for (const auto& [block, devices] : users) {
        std::size_t inside = 0;
        for (const auto device : devices) inside += groups[i].contains(device) ? 1 : 0;
        mapped += inside != 0 ? 1 : 0;
        own += inside == devices.size() ? 1 : 0;
      }
      RC_ASSERT((*found)[i].own_blocks == own);
      RC_ASSERT((*found)[i].mapped_blocks == mapped);
    }
  }));
}

TEST(sharing_property, pairs_are_intersections) {
  EXPECT_TRUE(rc::check([] {
    built_pool pool(*test_support::any_pool());
    const auto found = find_sharing(pool.reader, pool.layout, {}, pool.damage);
    RC_ASSERT(!found.damaged);
    std::map<std::pair<pdata::device_id, pdata::device_id>, std::uint64_t> expected;
    for (const auto& [block, devices] : users_of(pool))
      for (const auto one : devices)
        for (const auto other : devices) ++expected[{one, other}];
    RC_ASSERT(found.devices.size() == pool.mappings.size());
    for (std::size_t i = 0; i < found.devices.size(); ++i)
      for (std::size_t j = 0; j < found.devices.size(); ++j)
        RC_ASSERT(found.blocks[i][j] == (expected[{found.devices[i], found.devices[j]}]));
  }));
}

TEST(fingerprint_property, is_of_the_runs_of_virtual_and_data_blocks) {
  EXPECT_TRUE(rc::check([] {
    built_pool pool(*test_support::any_pool());
    const auto found = find_fingerprints(pool.reader, pool.layout, pool.damage);
    RC_ASSERT(found.size() == pool.mappings.size());
    for (const auto& [device, table] : pool.mappings) {
      // The documented bytes, put together anew.
      std::string bytes;
      const auto put = [&](std::uint64_t number) {
        for (int i = 0; i < 8; ++i) bytes += static_cast<char>(number >> (8 * i) & 0xff);
      };
      put(pool.layout.active.data_block_size);
      for (auto at = table.begin(); at != table.end();) {
        auto end = at;
        std::uint64_t length = 0;
        while (end != table.end() && end->first == at->first + length &&
               end->second.block == at->second.block + length) {
          ++length;
          ++end;
        }
        put(at->first);
        put(at->second.block);
        put(length);
        at = end;
      }
      RC_ASSERT(found.at(device) == digest_of(std::as_bytes(std::span(bytes))));
    }
  }));
}

TEST(digest, is_xxh3_of_128_bits_in_canonical_form) {
  // From the tool xxhsum 0.8.1 (-H2).
  EXPECT_EQ(digest().value().hex(), "99aa06d3014798d86001c324468d497f");
  digest one;
  one.add("thin");
  one.add("-tools");
  digest other;
  other.add("thin-tools");
  EXPECT_EQ(one.value(), other.value());
  EXPECT_EQ(parse_digest(one.value().hex()), one.value());
  EXPECT_EQ(parse_digest("99"), std::nullopt);
  EXPECT_EQ(parse_digest("x9aa06d3014798d86001c324468d497f"), std::nullopt);
}

}  // namespace
}  // namespace thin_tools
