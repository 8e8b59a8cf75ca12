// The parts of pages: numbers, axes, maps, text inside markup.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "thin-tools/page/axis.h"
#include "thin-tools/page/data_map.h"
#include "thin-tools/page/html_map.h"
#include "thin-tools/page/html_page.h"
#include "thin-tools/page/human_numbers.h"
#include "thin-tools/page/markup.h"

namespace thin_tools::page {

namespace {

using testing::HasSubstr;
using testing::Not;

TEST(data_map, cells_cover_the_device_whatever_its_size) {
  for (const std::uint64_t blocks : {1ull, 5ull, 4096ull, 4097ull, 100'003ull}) {
    data_map_builder builder(blocks);
    builder.block(blocks - 1, 3, mapped_by::several);
    const auto cells = builder.finish();
    EXPECT_LE(cells.size(), data_map_builder::cells_max);
    std::uint64_t sum = 0;
    for (const map_cell& cell : cells) sum += cell.blocks;
    EXPECT_EQ(sum, blocks);
    EXPECT_EQ(cells.back().owner, 3u);
    EXPECT_EQ(cells.back().shared, 1u);
  }
  EXPECT_TRUE(data_map_builder(0).finish().empty());
}

TEST(data_map, the_device_with_most_blocks_owns_a_cell) {
  data_map_builder builder(4096 * 4);
  builder.block(0, 9, mapped_by::one_device);
  builder.block(1, 5, mapped_by::one_device);
  builder.block(2, 9, mapped_by::several);
  builder.block(4, 8, mapped_by::one_device);
  builder.block(5, 7, mapped_by::one_device);
  const auto cells = builder.finish();
  EXPECT_EQ(cells[0], (map_cell{4, 3, 1, 9}));
  EXPECT_EQ(cells[1], (map_cell{4, 2, 0, 7}));
  EXPECT_EQ(cells[2], (map_cell{4, 0, 0, std::nullopt}));
}

TEST(human_numbers, are_as_people_write_them) {
  EXPECT_EQ(times_text(1), "once");
  EXPECT_EQ(times_text(1200), "1,200 times");
  EXPECT_EQ(with_separators(0), "0");
  EXPECT_EQ(with_separators(999), "999");
  EXPECT_EQ(with_separators(1234567), "1,234,567");
  EXPECT_EQ(bytes_text(512), "512 bytes");
  EXPECT_EQ(bytes_text(65536), "64 KiB");
  EXPECT_EQ(bytes_text(4'200'000'000), "3.9 GiB");
  EXPECT_EQ(time_text(0), "0 s");
  EXPECT_EQ(time_text(7'500'000'000), "7.5 s");
  EXPECT_EQ(time_text(850'000'000), "850 ms");
  EXPECT_EQ(time_text(750'000'000'000), "12 min 30 s");
  EXPECT_EQ(time_text(7'200'000'000'000), "2 h 00 min");
  EXPECT_EQ(short_number(12345), "12.3 k");
  EXPECT_EQ(short_number(100000), "100 k");
}

TEST(markup, only_text_is_left) {
  EXPECT_EQ(escaped("<a href=\"x\">&'"), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
  EXPECT_EQ(escaped("µ\n"), "µ\n");
  EXPECT_EQ(escaped(std::string_view("\x1b\xff\0\xc3", 4)), "\uFFFD\uFFFD\uFFFD\uFFFD");
}

TEST(axis, marks_are_round_and_few) {
  for (const double highest : {0.0, 0.3, 1.0, 7.0, 99.0, 100.0, 12345.0, 3e12}) {
    const axis found = value_axis(highest, axis_of::counts);
    EXPECT_GE(found.end, highest);
    EXPECT_LE(found.marks.size(), 7u) << highest;
    EXPECT_GE(found.marks.size(), 2u) << highest;
  }
  EXPECT_EQ(value_axis(40000, axis_of::counts).marks[1].text, "10 k");
  for (const double seconds : {0.0, 0.000002, 0.5, 7.5, 100.0, 7200.0, 1e6, 1e9}) {
    const axis found = time_axis(seconds);
    EXPECT_LE(found.marks.size(), 12u) << seconds;
    EXPECT_GE(found.marks.size(), 2u) << seconds;
  }
  EXPECT_EQ(time_axis(600).marks[1].text, "2 min");
  EXPECT_EQ(time_axis(7.4).marks[1].text, "1 s");
}

// Two maps of one page: a device has one colour in both, and a name cannot end the script.
TEST(maps, share_their_colours) {
  const std::vector<drawn_map> maps{
      {"before", {{4, 4, 0, 7}, {4, 4, 0, 7}, {4, 1, 1, 8}}, 65536, {}},
      {"after", {{4, 4, 0, 8}}, 65536, {{8, "</script>"}}}};
  const auto html = maps_html(maps);
  EXPECT_THAT(html, HasSubstr("<i class=\"key k1\"></i>device 7"));
  EXPECT_THAT(html, HasSubstr("<i class=\"key k2\"></i>device 8"));
  EXPECT_THAT(html, HasSubstr("<i class=\"key k2\"></i>&lt;/script&gt;"));
  EXPECT_THAT(html, HasSubstr("data-map=\"1\""));
  const auto data = maps_data(maps);
  EXPECT_THAT(data, Not(HasSubstr("<")));
  EXPECT_THAT(data, HasSubstr("[4,1,1,8]"));
}

}  // namespace

}  // namespace thin_tools::page
