// Pages and keys, without a terminal; and that no image defeats them.
#include "thin-tools/explore/browser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "persistent-data/base/error.h"
#include "persistent-data/format/damage_sinks.h"
#include "persistent-data/stream/pool_reader.h"
#include "tests/unit/support/damaged_image.h"
#include "tests/unit/support/kernel_images.h"
#include "tests/unit/support/mutant.h"
#include "tests/unit/thin-tools/report/plain_sums.h"
#include "thin-tools/check/check.h"
#include "thin-tools/explore/destination.h"
#include "thin-tools/explore/pages.h"

namespace thin_tools::explore {
namespace {

using namespace pdata;
using namespace test_support;
using testing::HasSubstr;
using testing::Not;

std::vector<damage> all_findings(block_device& device) {
  return check(device, "pool", {}).findings;
}

struct explored {
  using foreign_blocks = pool_source::foreign_blocks;
  explicit explored(block_device& device, foreign_blocks foreign = foreign_blocks::refused)
      : pool(device, "pool", all_findings, foreign), at(pool) {}

  std::string text(std::size_t rows = 24, std::size_t columns = 80) {
    std::string all;
    for (const auto& row : at.draw(rows, columns).rows) all += row.text + "\n";
    return all;
  }
  std::string line() { return at.shown().at(at.line()).text; }
  void type(std::string_view keys) {
    for (const char c : keys) at.press({key::character, c});
  }
  void go(std::string_view where) {
    type("/");
    type(where);
    at.press({key::enter});
  }

  pool_source pool;
  browser at;
};

mapping_tables tables_of(block_device& device) {
  silent_sink known;
  const auto layout = read_layout(device, "pool", {}, known);
  batch_reader reader(device);
  table_collector collector;
  EXPECT_TRUE(stream_pool(reader, layout, describe_superblock(layout.chosen()), {.salvage = true},
                          collector, known));
  return collector.tables;
}

TEST(browser, walks_from_the_superblock_to_a_data_block_and_back) {
  auto device = load_kernel_image("snapshots");
  explored pool(device);
  EXPECT_EQ(pool.at.shown().title, "superblock");
  EXPECT_THAT(pool.line(), HasSubstr("devices"));
  pool.at.press({key::enter});
  EXPECT_EQ(pool.at.shown().title, "devices");
  EXPECT_THAT(pool.line(), HasSubstr("device 0"));
  pool.at.press({key::down});
  pool.at.press({key::enter});
  EXPECT_EQ(pool.at.shown().title, "device 1");
  pool.at.press({key::right});
  EXPECT_THAT(pool.at.shown().title, HasSubstr("mapping tree of device 1"));
  EXPECT_THAT(pool.line(), HasSubstr("leaf"));
  pool.at.press({key::enter});
  EXPECT_THAT(pool.line(), HasSubstr("-> data"));
  pool.at.press({key::enter});
  EXPECT_THAT(pool.at.shown().title, HasSubstr("data block"));
  EXPECT_THAT(pool.text(), HasSubstr("device 1, virtual block"));
  for (int i = 0; i < 4; ++i) pool.at.press({key::left});
  EXPECT_EQ(pool.at.shown().title, "devices");
  EXPECT_THAT(pool.line(), HasSubstr("device 1"));
  pool.at.press({key::backspace});
  EXPECT_EQ(pool.at.shown().title, "superblock");
  pool.at.press({key::backspace});
  EXPECT_THAT(pool.at.message(), HasSubstr("began"));
  pool.type("q");
  EXPECT_TRUE(pool.at.done());
}

TEST(browser, every_mapping_of_the_dump_is_found_both_ways) {
  auto device = load_kernel_image("snapshots");
  const auto tables = tables_of(device);
  const auto users = users_of(tables, UINT64_MAX);
  explored pool(device);
  unsigned number = 0;
  for (const auto& [id, table] : tables)
    for (const auto& [thin, mapping] : table) {
      if (number++ % 97 != 0) continue;
      pool.go(std::to_string(id) + ":" + std::to_string(thin));
      EXPECT_EQ(pool.at.message(), "");
      const auto target = pool.at.shown().at(pool.at.line()).target;
      ASSERT_TRUE(target && std::holds_alternative<data_place>(*target)) << pool.line();
      EXPECT_EQ(std::get<data_place>(*target).block, mapping.block);
      EXPECT_THAT(pool.line(), HasSubstr("time " + std::to_string(mapping.time)));
      pool.at.press({key::enter});
      std::set<device_id> found;
      for (std::size_t i = 0; i < pool.at.shown().size(); ++i) {
        const auto back = pool.at.shown().at(i).target;
        if (back && std::holds_alternative<node_place>(*back))
          found.insert(*std::get<node_place>(*back).device);
      }
      EXPECT_EQ(found, users.at(mapping.block));
    }
}

TEST(browser, places_are_understood_or_refused) {
  auto device = load_kernel_image("snapshots");
  explored pool(device);
  pool.pool.names = {{3, "home"}};
  const auto shown = [&](std::string_view where) {
    pool.go(where);
    return pool.at.message().empty() ? pool.at.shown().title : "refused: " + pool.at.message();
  };
  EXPECT_EQ(shown("1,762"), "metadata block 1762");
  EXPECT_EQ(shown("dev:3"), "device 3 (home)");
  EXPECT_EQ(shown("dev:home"), "device 3 (home)");
  EXPECT_EQ(shown("d:10"), "data block 10");
  EXPECT_EQ(shown("d@1M"), "data block 16");
  EXPECT_EQ(shown("d@2047s"), "data block 15");
  const auto by_block = shown("3:16");
  EXPECT_THAT(by_block, HasSubstr("mapping tree of device 3"));
  const auto line = pool.line();
  EXPECT_EQ(shown("home@1M"), by_block);
  EXPECT_EQ(pool.line(), line);
  for (const char* wrong : {"x", "9:1", "dev:", "dev:9x", ":", "@", "3:", "3:x", "d:", "d:-1",
                            "18446744073709551616", "3@99999999999T", "dev:away"})
    EXPECT_THAT(shown(wrong), HasSubstr("refused: ")) << wrong;
  for (const char* unknown : {"dev:77", "77:3"})
    EXPECT_THAT(shown(unknown), HasSubstr("refused: the metadata has no device 77; it has "))
        << unknown;
  EXPECT_EQ(shown("99999999"), "metadata block 99999999");
  EXPECT_THAT(pool.text(), HasSubstr("no such block"));
  EXPECT_EQ(shown("d:99999999"), "data block 99,999,999");
  EXPECT_THAT(pool.text(), HasSubstr("no such block"));
}

TEST(browser, space_maps_agree_with_the_image) {
  damaged_image image("snapshots");
  explored pool(image.device());
  for (const auto kind : {space_map_kind::data, space_map_kind::metadata}) {
    const auto found = page_of(pool.pool, bitmap_place{kind, 0, std::nullopt});
    for (const auto& told : found.lines) EXPECT_NE(told.how, look::damaged) << told.text;
    std::uint64_t block = 0;
    for (std::size_t i = found.lines.size(); i < found.size(); ++i) {
      const auto row = found.at(i);
      const auto first = kind == space_map_kind::data
                             ? std::get<data_place>(*row.target).block.value()
                             : std::get<block_place>(*row.target).location.value();
      EXPECT_EQ(first, block);
      const auto count = image.count(kind, first);
      EXPECT_EQ(row.text.ends_with("free"), count == 0) << row.text;
      EXPECT_EQ(row.text.ends_with("once"), count == 1) << row.text;
      block = first + 1;
      while (block < (kind == space_map_kind::data ? 16320U : 2048U) && count != 3 &&
             image.count(kind, block) == count)
        ++block;
    }
    EXPECT_EQ(block, kind == space_map_kind::data ? 16320U : 2048U);
  }
}

TEST(browser, damage_is_marked_on_the_way_to_it) {
  damaged_image image("snapshots");
  const auto root = image.device_root(3);
  const auto bad = image.leaves(root)[1];
  image.device().at(bad).bytes[300] ^= std::byte{1};
  explored pool(image.device());
  pool.go("dev:3");
  EXPECT_THAT(pool.text(), Not(HasSubstr("\n!")));  // nobody has looked
  pool.at.press({key::enter});
  const auto marks = [&] {
    std::size_t marked = 0;
    for (std::size_t i = 0; i < pool.at.shown().size(); ++i)
      marked += pool.at.shown().at(i).how == look::damaged;
    return marked;
  };
  EXPECT_EQ(marks(), 1U);  // the child, whose checksum is wrong
  EXPECT_THAT(pool.text(), HasSubstr("bad checksum"));
  pool.type("!");
  EXPECT_EQ(pool.at.shown().title, "damage");
  EXPECT_THAT(pool.text(), HasSubstr("block " + std::to_string(bad) + ": bad checksum"));
  pool.at.press({key::enter});
  EXPECT_EQ(pool.at.shown().title, "metadata block " + std::to_string(bad));
  EXPECT_THAT(pool.text(), HasSubstr("entries, if it is a node"));
  pool.type("s");
  pool.at.press({key::enter});
  std::set<std::string> marked;
  for (std::size_t i = 0; i < pool.at.shown().size(); ++i)
    if (pool.at.shown().at(i).how == look::damaged)
      marked.insert(pool.at.shown().at(i).text.substr(0, 8));
  EXPECT_TRUE(marked.contains("device 3"));
  EXPECT_LT(marked.size(), 7U);
}

TEST(browser, any_size_can_be_drawn) {
  auto device = load_kernel_image("snapshots");
  explored pool(device);
  for (const char* where : {"", "3:1000", "d:10", "1762", "dev:3"}) {
    if (*where != '\0') pool.go(where);
    for (const bool prompt : {false, true}) {
      if (prompt) pool.type("/3:1000");
      for (std::size_t rows = 0; rows < 12; ++rows)
        for (std::size_t columns = 0; columns < 30; ++columns) {
          const auto drawn = pool.at.draw(rows, columns);
          EXPECT_EQ(drawn.rows.size(), rows * columns == 0 ? 0 : rows);
          for (const auto& row : drawn.rows) EXPECT_LE(row.text.size(), columns);
          if (rows > 4 && columns > 10 && !prompt) {
            const auto bars = std::ranges::count(drawn.rows, true, &screen_row::reversed);
            EXPECT_GE(bars, 2) << "where one stands is not to be seen";
          }
        }
      if (prompt) pool.at.press({key::escape});
    }
  }
}

TEST(browser, long_lines_go_on_below_at_a_word) {
  auto device = load_kernel_image("snapshots");
  explored pool(device);
  pool.go("dev:3");
  EXPECT_THAT(pool.text(24, 40),
              HasSubstr("  a virtual block is found by / and\n  3:BLOCK or 3@BYTES\n"));
}

TEST(browser, the_last_line_is_reached_by_every_way) {
  auto device = load_kernel_image("snapshots");
  explored pool(device);
  pool.go("3:1000");
  pool.text();
  const auto last = pool.at.shown().size() - 1;
  pool.at.press({key::end});
  EXPECT_EQ(pool.at.line(), last);
  pool.at.press({key::page_down});
  EXPECT_EQ(pool.at.line(), last);
  pool.at.press({key::home});
  EXPECT_EQ(pool.at.line(), 0U);
  pool.at.press({key::page_up});
  EXPECT_EQ(pool.at.line(), 0U);
  std::size_t screens = 0;
  while (pool.at.line() != last && screens++ < 100) pool.at.press({key::page_down});
  EXPECT_EQ(screens, (last + 21) / 22);
}

TEST(browser, a_search_that_is_stopped_leaves_the_page) {
  auto device = load_kernel_image("snapshots");
  explored pool(device);
  pool.pool.wait_for = [&](const char*, const std::function<void()>& work) {
    pool.pool.device().stop = true;
    work();
  };
  pool.go("d:10");
  EXPECT_EQ(pool.at.message(), "stopped");
  EXPECT_EQ(pool.at.shown().title, "superblock");
  pool.pool.wait_for = nullptr;
  pool.go("d:10");
  EXPECT_EQ(pool.at.shown().title, "data block 10");
}

TEST(browser, without_a_superblock_blocks_are_shown) {
  auto device = load_kernel_image("snapshots");
  device.at(0) = {};
  EXPECT_THROW(explored refused(device), error);
  explored pool(device, explored::foreign_blocks::shown);
  EXPECT_THAT(pool.text(), HasSubstr("the superblock cannot be used"));
  pool.go("1762");
  EXPECT_THAT(pool.text(), HasSubstr("btree_leaf"));
  pool.go("d:10");
  EXPECT_THAT(pool.text(), HasSubstr("without a superblock"));
  pool.go("3:10");
  EXPECT_THAT(pool.at.message(), HasSubstr("there is no device"));
  pool.go("3@10");
  EXPECT_THAT(pool.at.message(), HasSubstr("superblock"));
}

// Nothing of a healthy pool is marked, wherever one goes.
TEST(browser, healthy_pools_have_no_marks) {
  for (const char* name : {"snapshots", "mixed-0", "shared-by-many"}) {
    auto device = load_kernel_image(name);
    explored pool(device);
    pool.type("!");
    EXPECT_THAT(pool.text(), HasSubstr("nothing is wrong")) << name;
    std::mt19937 random(1);
    for (int step = 0; step < 200; ++step) {
      const auto& page = pool.at.shown();
      for (std::size_t i = 0; i < page.size(); ++i)
        EXPECT_NE(page.at(i).how, look::damaged)
            << name << ", " << page.title << ": " << page.at(i).text;
      pool.at.press({key::home});
      for (auto n = random() % std::min<std::size_t>(page.size(), 40); n > 0; --n)
        pool.at.press({key::down});
      pool.at.press({random() % 8 == 0 ? key::left : key::enter});
      if (random() % 12 == 0) pool.type("s");
    }
  }
}

// Follows everything that leads somewhere, for a while; every page is drawn.
void wander(explored& pool, unsigned seed) {
  std::mt19937 random(seed);
  pool.type("!");
  for (int step = 0; step < 60; ++step) {
    const auto& page = pool.at.shown();
    pool.at.press({random() % 2 == 0 ? key::home : key::end});
    for (auto n = random() % 12; n > 0; --n)
      pool.at.press({random() % 3 == 0 ? key::page_up : random() % 2 == 0 ? key::up : key::down});
    EXPECT_LE(pool.at.line(), page.size());
    pool.text(10 + random() % 40, 5 + random() % 100);
    pool.at.press({random() % 6 == 0 ? key::left : key::enter});
    if (random() % 10 == 0)
      pool.go(std::to_string(random() % 8) + ":" + std::to_string(random() % 5000));
    if (random() % 10 == 0) pool.go(std::to_string(random() % 2100));
  }
}

TEST(browser, mutated_images_can_be_walked_through) {
  for_each_mutant({"mixed-0", "metadata-snapshot", "snapshots", "shared-by-many"}, 40,
                  [](mutant_device& mutant, unsigned round) {
                    explored pool(mutant, explored::foreign_blocks::shown);
                    wander(pool, round);
                    EXPECT_EQ(mutant.nr_writes, 0U);
                  });
}

}  // namespace
}  // namespace thin_tools::explore
