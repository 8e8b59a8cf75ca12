#include "thin-tools/pack/delta_code.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstring>
#include <numeric>

#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/checksum.h"
#include "persistent-data/format/node_editor.h"

namespace thin_tools {
namespace {

using pdata::block_buffer;

class memory_source : public instruction_source {
 public:
  // In pieces of so many bytes.
  explicit memory_source(std::vector<std::byte> bytes, std::size_t piece = SIZE_MAX)
      : bytes_(std::move(bytes)), piece_(piece) {}
  bool at_end() const { return at_ == bytes_.size() && left() == 0; }

 private:
  void refill() override {
    if (at_ == bytes_.size()) throw pdata::error("end of instructions");
    const auto n = std::min(piece_, bytes_.size() - at_);
    begin_piece(std::span(bytes_).subspan(at_, n));
    at_ += n;
  }

  std::vector<std::byte> bytes_;
  std::size_t piece_;
  std::size_t at_ = 0;
};

block_buffer node_of(bool leaf, std::uint32_t value_size, const std::vector<std::uint64_t>& keys,
                     const std::vector<std::uint64_t>& values) {
  block_buffer block;
  auto node = pdata::node_editor::format(block.span(),
                                         leaf ? pdata::node_kind::leaf : pdata::node_kind::internal,
                                         value_size, pdata::max_node_entries(value_size));
  for (std::uint32_t i = 0; i < keys.size(); ++i) {
    node.set_key(i, keys[i]);
    if (value_size == 8) node.set_value_u64(i, values[i % values.size()]);
  }
  node.set_nr_entries(static_cast<std::uint32_t>(keys.size()));
  pdata::seal(block.span(), pdata::block_kind::btree_node, 7);
  return block;
}

std::size_t expect_round_trip(const block_buffer& block) {
  std::vector<std::byte> code;
  encode_block(block.view(), code);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{13}, SIZE_MAX}) {
    memory_source source(code, piece);
    block_buffer decoded;
    decode_block(source, decoded.span());
    EXPECT_TRUE(source.at_end());
    EXPECT_EQ(std::memcmp(decoded.bytes.data(), block.bytes.data(), block.bytes.size()), 0);
  }
  return code.size();
}

TEST(delta_code, any_block_that_is_no_node_is_one_literal) {
  block_buffer block;
  std::iota(reinterpret_cast<unsigned char*>(block.bytes.data()),
            reinterpret_cast<unsigned char*>(block.bytes.data()) + 200, 1);
  EXPECT_EQ(expect_round_trip(block), 1 + 2 + 4096U);
}

TEST(delta_code, sequential_mappings_become_a_few_instructions) {
  std::vector<std::uint64_t> keys(252);
  std::vector<std::uint64_t> values(252);
  std::iota(keys.begin(), keys.end(), 1000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = (i + 77) << 24 | 5;
  EXPECT_LT(expect_round_trip(node_of(true, 8, keys, values)), 120U);
}

TEST(delta_code, every_shape_of_node_survives) {
  const std::vector<std::uint64_t> keys{1, 5, 6, 7, 1000, UINT64_MAX};
  for (const std::uint32_t value_size : {4U, 8U, 16U, 24U})
    expect_round_trip(node_of(true, value_size, keys, {3, 3, 3, 2, 1, 0}));
  expect_round_trip(node_of(false, 8, keys, {9, 8, 7}));
  expect_round_trip(node_of(true, 8, {}, {}));
}

TEST(delta_code, a_node_with_an_impossible_layout_is_stored_literally) {
  auto block = node_of(true, 8, {1}, {1});
  const std::uint32_t max_entries = 4000;
  std::memcpy(block.bytes.data() + 20, &max_entries, sizeof max_entries);
  pdata::seal(block.span(), pdata::block_kind::btree_node, 7);
  EXPECT_EQ(expect_round_trip(block), 1 + 2 + 4096U);
}

TEST(delta_code, property_any_keys_and_values_survive) {
  EXPECT_TRUE(rc::check([](bool leaf) {
    const auto keys = *rc::gen::resize(
        200, rc::gen::container<std::vector<std::uint64_t>>(rc::gen::arbitrary<std::uint64_t>()));
    const auto values = *rc::gen::nonEmpty(rc::gen::resize(
        200, rc::gen::container<std::vector<std::uint64_t>>(rc::gen::arbitrary<std::uint64_t>())));
    expect_round_trip(
        node_of(leaf, 8, std::vector(keys.begin(), keys.begin() + std::min<long>(250, ssize(keys))),
                values));
  }));
}

std::string decode(std::initializer_list<int> code) {
  std::vector<std::byte> bytes;
  for (const int b : code) bytes.push_back(static_cast<std::byte>(b));
  memory_source source(bytes);
  block_buffer block;
  try {
    decode_block(source, block.span());
  } catch (const pdata::error& e) {
    return e.what();
  }
  return "";
}

TEST(delta_code, undefined_instructions_are_damage) {
  EXPECT_NE(decode({0xc0}).find("undefined instruction"), std::string::npos);
  EXPECT_NE(decode({0x03, 0, 0, 0}).find("width"), std::string::npos);
  EXPECT_NE(decode({0x72, 0x51}).find("count before"), std::string::npos);
  EXPECT_NE(decode({0xb0, 1, 0xb0, 1}).find("shifted run within"), std::string::npos);
  // 600 numbers are 4800 bytes.
  EXPECT_NE(decode({0x01, 9, 0x62, 0x58}).find("longer than a block"), std::string::npos);
  EXPECT_NE(decode({0xa8, 255, 255, 255, 255, 255, 255, 255, 255}).find("longer"),
            std::string::npos);
  EXPECT_NE(decode({0x01, 9}).find("end of instructions"), std::string::npos);
}

TEST(delta_code, counts_apply_to_steps) {
  std::vector<std::byte> bytes;
  // base 5 once, then 5 + 2, 5 + 4, ... 511 times.
  for (const int b : {0x01, 5, 0x81, 0xff, 0x12}) bytes.push_back(static_cast<std::byte>(b));
  memory_source source(bytes);
  block_buffer block;
  decode_block(source, block.span());
  std::uint64_t last;
  std::memcpy(&last, block.bytes.data() + 4088, sizeof last);
  EXPECT_EQ(last, 5 + 2 * 511U);
}

TEST(delta_code, property_any_bytes_end_in_a_block_or_an_error) {
  EXPECT_TRUE(rc::check([](const std::vector<std::uint8_t>& code) {
    std::vector<std::byte> bytes(code.size());
    std::memcpy(bytes.data(), code.data(), code.size());
    memory_source source(bytes);
    block_buffer block;
    try {
      decode_block(source, block.span());
    } catch (const pdata::error&) {
    }
  }));
}

}  // namespace
}  // namespace thin_tools
