// What a codec stores it loads again, whatever the numbers and wherever they
// stand, and it leaves the bytes around it alone.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <map>

#include "persistent-data/format/bitmap_word.h"
#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/checksum.h"
#include "persistent-data/format/device_details.h"
#include "persistent-data/format/mapping_value.h"
#include "persistent-data/format/node_editor.h"
#include "persistent-data/format/space_map_root.h"
#include "persistent-data/format/superblock.h"

namespace pdata {
namespace {

template <class T>
T any() {
  return *rc::gen::arbitrary<T>();
}

TEST(codec_property, a_superblock_survives_and_its_undefined_bytes_stay) {
  EXPECT_TRUE(rc::check([] {
    superblock sb;
    sb.flags = any<std::uint32_t>();
    sb.location = any<std::uint64_t>();
    for (auto& byte : sb.uuid) byte = static_cast<std::byte>(any<std::uint8_t>());
    sb.magic = any<std::uint64_t>();
    sb.version = any<std::uint32_t>();
    sb.time = any<std::uint32_t>();
    sb.transaction_id = any<std::uint64_t>();
    sb.held_root = any<std::uint64_t>();
    sb.data_space_map = {any<std::uint64_t>(), any<std::uint64_t>(), any<std::uint64_t>(), 1};
    sb.metadata_space_map = {any<std::uint64_t>(), 2, any<std::uint64_t>(), any<std::uint64_t>()};
    sb.mapping_root = any<std::uint64_t>();
    sb.details_root = any<std::uint64_t>();
    sb.data_block_size = any<std::uint32_t>();
    sb.metadata_block_size = any<std::uint32_t>();
    sb.metadata_nr_blocks = any<std::uint64_t>();
    sb.compat_flags = any<std::uint32_t>();
    sb.compat_ro_flags = any<std::uint32_t>();
    sb.incompat_flags = any<std::uint32_t>();
    block_buffer block;
    block.bytes.fill(std::byte{0xa5});
    sb.store(block.span());
    RC_ASSERT(superblock::load(block.view()) == sb);
    const auto untouched = [&](std::size_t begin, std::size_t end) {
      return std::all_of(block.bytes.begin() + static_cast<long>(begin),
                         block.bytes.begin() + static_cast<long>(end),
                         [](std::byte b) { return b == std::byte{0xa5}; });
    };
    RC_ASSERT(untouched(0, 4) && untouched(96, 192) && untouched(224, 320) &&
              untouched(superblock::bytes_used, block_size));
  }));
}

TEST(codec_property, small_records_survive) {
  EXPECT_TRUE(rc::check([] {
    std::array<std::byte, 32> bytes{};
    const device_details details{any<std::uint64_t>(), any<std::uint64_t>(), any<std::uint32_t>(),
                                 any<std::uint32_t>()};
    details.store(bytes);
    RC_ASSERT(device_details::load(bytes) == details);
    const space_map_root root{any<std::uint64_t>(), any<std::uint64_t>(), any<std::uint64_t>(),
                              any<std::uint64_t>()};
    root.store(bytes);
    RC_ASSERT(space_map_root::load(bytes) == root);
    const index_entry entry{any<std::uint64_t>(), any<std::uint32_t>(), any<std::uint32_t>()};
    entry.store(bytes);
    RC_ASSERT(index_entry::load(bytes) == entry);
  }));
}

TEST(codec_property, a_mapping_survives_within_its_bits) {
  EXPECT_TRUE(rc::check([](std::uint64_t block, std::uint32_t time) {
    const mapping m{block & mapping_block_max, static_cast<std::uint32_t>(time & mapping_time_max)};
    RC_ASSERT(unpack_mapping(pack_mapping(m)) == m);
  }));
}

TEST(codec_property, counts_of_a_bitmap_do_not_touch_each_other) {
  EXPECT_TRUE(rc::check([] {
    const auto wanted = *rc::gen::container<std::map<std::uint32_t, std::uint32_t>>(
        rc::gen::inRange<std::uint32_t>(0, entries_per_bitmap), rc::gen::inRange(0U, 4U));
    block_buffer block;
    for (const auto& [slot, count] : wanted) {
      set_bitmap_count(block.span(), slot, 3);
      set_bitmap_count(block.span(), slot, count);
    }
    for (std::uint32_t slot = 0; slot < entries_per_bitmap; ++slot) {
      const auto known = wanted.find(slot);
      RC_ASSERT(bitmap_count(block.view(), slot) == (known == wanted.end() ? 0 : known->second));
    }
  }));
}

TEST(codec_property, a_word_of_a_bitmap_is_its_counts) {
  EXPECT_TRUE(rc::check([] {
    std::array<std::uint8_t, entries_per_bitmap_word> counts;
    for (auto& count : counts) count = *rc::gen::inRange<std::uint8_t>(0, 3);
    if (*rc::gen::inRange(0, 4) == 0)
      counts[*rc::gen::inRange<std::size_t>(0, counts.size())] =
          *rc::gen::inRange<std::uint8_t>(3, 255);
    const auto word = encode_bitmap_word(counts);
    RC_ASSERT(word.has_value() == std::ranges::all_of(counts, [](auto c) { return c < 3; }));
    std::array<std::uint8_t, entries_per_bitmap_word / 2> packed{};
    for (std::uint32_t i = 0; i < counts.size(); ++i) {
      const unsigned mark = *rc::gen::element(0U, 8U);
      packed[i / 2] |=
          static_cast<std::uint8_t>((std::min<unsigned>(counts[i], 7) | mark) << i % 2 * 4);
    }
    RC_ASSERT(encode_bitmap_word(packed) == word);
    if (!word) return;
    block_buffer one_by_one{};
    block_buffer at_once{};
    const auto first = *rc::gen::element<std::uint32_t>(0, 7, 509) * entries_per_bitmap_word;
    for (std::uint32_t i = 0; i < counts.size(); ++i)
      set_bitmap_count(one_by_one.span(), first + i, counts[i]);
    set_bitmap_word(at_once.span(), first / entries_per_bitmap_word, *word);
    RC_ASSERT(one_by_one.bytes == at_once.bytes);
    std::uint64_t free = 0;
    for (std::uint32_t i = 0; i < counts.size(); ++i)
      free |= std::uint64_t{counts[i] == 0} << (2 * i);
    RC_ASSERT(free_bitmap_fields(*word) == free);
  }));
}

TEST(codec_property, the_low_bit_of_a_count_stands_higher) {
  block_buffer block;
  for (std::uint32_t slot = 0; slot < 4; ++slot) set_bitmap_count(block.span(), slot, 1);
  for (std::uint32_t slot = 4; slot < 8; ++slot) set_bitmap_count(block.span(), slot, 2);
  EXPECT_EQ(block.bytes[bitmap_header_bytes], std::byte{0xaa});
  EXPECT_EQ(block.bytes[bitmap_header_bytes + 1], std::byte{0x55});
}

// Keys that lie evenly, in clusters and anyhow; bounds that fit, are too wide or leave keys out.
TEST(codec_property, where_keys_are_expected_does_not_change_where_they_are) {
  EXPECT_TRUE(rc::check([] {
    const auto widest = *rc::gen::element<std::uint64_t>(2, 100, 1000000, UINT64_MAX / 1000);
    const auto count = *rc::gen::inRange<std::uint32_t>(0, max_node_entries(8) + 1);
    std::uint64_t key = *rc::gen::inRange<std::uint64_t>(0, 1000);
    std::vector<std::uint64_t> keys;
    while (keys.size() < count) {
      keys.push_back(key);
      key += *rc::gen::inRange<std::uint64_t>(1, widest);
    }
    block_buffer block;
    auto node = node_editor::format(block.span(), node_kind::leaf, 8, max_node_entries(8));
    node.set_entries(keys, std::vector<std::byte>(keys.size() * 8));
    node.set_nr_entries(count);
    const auto view = std::get<node_view>(node_view::parse_layout(block.view()));
    const auto any_place = rc::gen::inRange<std::uint64_t>(0, key + key / 4 + 2);
    const key_bounds expected =
        *rc::gen::element(key_bounds{keys.empty() ? 0 : keys.front(), key},
                          key_bounds{0, UINT64_MAX}, key_bounds{*any_place, *any_place});
    for (int i = 0; i < 20; ++i) {
      const auto wanted =
          keys.empty() || *rc::gen::arbitrary<bool>() ? *any_place : *rc::gen::elementOf(keys);
      const auto above = std::ranges::upper_bound(keys, wanted);
      const auto found = static_cast<int>(above - keys.begin()) - 1;
      RC_ASSERT(view.lower_bound(wanted, expected) == found);
      RC_ASSERT(node.lower_bound(wanted, expected) == found);
    }
  }));
}

TEST(codec_property, a_node_of_any_value_size_holds_what_is_inserted) {
  EXPECT_TRUE(rc::check([] {
    const auto value_size = *rc::gen::element(4U, 8U, 16U, 24U);
    const auto entries = *rc::gen::resize(
        100, rc::gen::container<std::map<std::uint64_t, std::uint8_t>>(
                 rc::gen::arbitrary<std::uint64_t>(), rc::gen::arbitrary<std::uint8_t>()));
    block_buffer block;
    auto node = node_editor::format(block.span(), node_kind::leaf, value_size,
                                    max_node_entries(value_size));
    for (const auto& [key, fill] : entries) {
      const std::vector<std::byte> value(value_size, static_cast<std::byte>(fill));
      node.insert_at(static_cast<std::uint32_t>(node.lower_bound(key) + 1), key, value);
    }
    const auto outcome = node_view::parse(block.view());
    const auto* view = std::get_if<node_view>(&outcome);
    RC_ASSERT(view != nullptr && view->nr_entries() == entries.size() && view->is_leaf());
    for (const auto& [key, fill] : entries) {
      const auto at = view->find(key);
      RC_ASSERT(at.has_value());
      for (const auto byte : view->value(*at)) RC_ASSERT(byte == static_cast<std::byte>(fill));
    }
  }));
}

TEST(codec_property, a_sealed_block_is_known_by_its_kind_and_any_changed_bit_is_seen) {
  EXPECT_TRUE(rc::check([](std::uint64_t location) {
    const auto kind =
        static_cast<block_kind>(*rc::gen::inRange<unsigned>(0, unsigned{nr_block_kinds}));
    block_buffer block;
    block.bytes[100] = static_cast<std::byte>(any<std::uint8_t>());
    seal(block.span(), kind, location);
    RC_ASSERT(identify(block.view()) == kind && stored_location(block.view()) == location);
    const auto at = *rc::gen::inRange<std::size_t>(0, block_size);
    block.bytes[at] ^= static_cast<std::byte>(1U << *rc::gen::inRange(0, 8));
    RC_ASSERT(identify(block.view()) != kind);
  }));
}

TEST(codec_property, the_unfinished_crc_over_zeroes_is_the_known_one) {
  const block_buffer zeroes;
  EXPECT_EQ(block_checksum(zeroes.view(), block_kind::superblock) ^ 160774U, 0x58CDA791U);
}

}  // namespace
}  // namespace pdata
