#include "thin-tools/size/units.h"

#include <gtest/gtest.h>

namespace thin_tools {
namespace {

TEST(units, letters_names_and_their_beginnings) {
  EXPECT_EQ(find_unit("k")->bytes, 1024);
  EXPECT_EQ(find_unit("K")->bytes, 1000);
  EXPECT_EQ(find_unit("s")->bytes, 512);
  EXPECT_EQ(find_unit("MiB")->bytes, 1048576);
  EXPECT_EQ(find_unit("MB")->bytes, 1000000);
  EXPECT_EQ(find_unit("mebibytes")->bytes, 1048576);
  EXPECT_EQ(find_unit("kibi")->bytes, 1024);
  EXPECT_EQ(find_unit("sectors")->bytes, 512);
  EXPECT_EQ(find_unit("exbibyte")->bytes, std::uint64_t{1} << 60);
  EXPECT_EQ(find_unit("exabyte")->bytes, 1000000000000000000U);
  for (const auto* wrong : {"", "x", "kk", "kibibytess", "z", "y", "kilobyter"})
    EXPECT_FALSE(find_unit(wrong)) << wrong;
}

TEST(units, sizes_are_whole_numbers_of_at_most_64_bits) {
  EXPECT_EQ(parse_size("128", sectors), 65536);
  EXPECT_EQ(parse_size("64k", sectors), 65536);
  EXPECT_EQ(parse_size("64KiB", sectors), 65536);
  EXPECT_EQ(parse_size("15e", sectors), std::uint64_t{15} << 60);
  for (const auto* wrong : {"", "k", "-1", "1.5g", "16e", "1 k", "0x10", "99999999999999999999"})
    EXPECT_FALSE(parse_size(wrong, sectors)) << wrong;
}

TEST(units, numbers_are_printed_as_precisely_as_they_need) {
  const auto show = [](std::uint64_t bytes, const char* unit) {
    return format_size(bytes, *find_unit(unit));
  };
  EXPECT_EQ(show(549494784, "m"), "524.04");
  EXPECT_EQ(show(1064 * 512, "s"), "1064");
  EXPECT_EQ(show(1 << 20, "m"), "1");
  EXPECT_EQ(show(142 * 4096, "g"), "0.00054168701171875");
}

}  // namespace
}  // namespace thin_tools
