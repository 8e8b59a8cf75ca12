// Sizes as lvm(8) takes them on input, and IEC's and SI's names.
#include "sim/disk/size_text.h"

#include <gtest/gtest.h>

namespace sim {

namespace {

TEST(size_text, numbers_alone_are_sectors) {
  EXPECT_EQ(parse_sectors("0"), 0U);
  EXPECT_EQ(parse_sectors("128"), 128U);
  EXPECT_EQ(parse_sectors("128s"), 128U);
  EXPECT_EQ(parse_sectors("128S"), 128U);
  EXPECT_EQ(parse_sectors("65536b"), 128U);
}

TEST(size_text, letters_are_binary_in_either_case) {
  for (const char* text : {"64k", "64K", "64KiB", "64kib"}) EXPECT_EQ(parse_sectors(text), 128U);
  EXPECT_EQ(parse_sectors("10g"), parse_sectors("10G"));
  EXPECT_EQ(parse_sectors("1t"), std::uint64_t{1} << 31);
  EXPECT_EQ(parse_sectors("7E"), std::uint64_t{7} << 51);
}

TEST(size_text, si_names_are_decimal) {
  EXPECT_EQ(parse_sectors("512kB"), 1000U);
  EXPECT_EQ(parse_sectors("512MB"), 1000U * 1000U);
}

TEST(size_text, everything_else_is_none) {
  for (const char* text : {"", "k", "-1", "1.5g", "1x", "1kk", "1kibb", "513b", "1kB", "8e", " 1",
                           "1 ", "99999999999999999999"})
    EXPECT_EQ(parse_sectors(text), std::nullopt) << text;
}

}  // namespace

}  // namespace sim
