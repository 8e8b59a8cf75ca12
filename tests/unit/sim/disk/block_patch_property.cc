#include "sim/disk/block_patch.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <vector>

namespace sim {
namespace {

using block = std::array<std::byte, patched_bytes>;

block any_block() {
  block made;
  const auto bytes = *rc::gen::container<std::vector<unsigned char>>(
      made.size(), rc::gen::arbitrary<unsigned char>());
  for (std::size_t i = 0; i < made.size(); ++i) made[i] = static_cast<std::byte>(bytes[i]);
  return made;
}

RC_GTEST_PROP(block_patch, makes_the_block_of_the_original, ()) {
  const block original = any_block();
  block version = original;
  for (const auto at : *rc::gen::container<std::vector<std::size_t>>(
           rc::gen::inRange<std::size_t>(0, patched_bytes)))
    version[at] ^= std::byte{0x5a};
  std::vector<std::byte> patch(2 * patched_bytes);
  const auto size = make_patch(version, original, patch);
  RC_ASSERT(size);
  block made = original;
  apply_patch(std::span(patch).first(*size), made);
  RC_ASSERT(made == version);
}

TEST(block_patch, is_as_long_as_what_differs) {
  const block original{};
  block version{};
  std::array<std::byte, 200> patch;
  EXPECT_EQ(make_patch(version, original, patch), 1U);
  version[8] = version[4095] = std::byte{1};
  EXPECT_EQ(make_patch(version, original, patch), 1U + 2 * (2 + 8));
}

TEST(block_patch, is_not_made_where_it_has_no_room) {
  const block original{};
  block version;
  version.fill(std::byte{1});
  std::array<std::byte, 4095> patch;
  EXPECT_FALSE(make_patch(version, original, patch));
}

}  // namespace
}  // namespace sim
