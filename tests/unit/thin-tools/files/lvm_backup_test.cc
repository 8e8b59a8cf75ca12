#include "thin-tools/files/lvm_backup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <sstream>

#include "tests/support/tests_folder.h"
#include "thin-tools/files/lvm_config.h"

namespace thin_tools {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::string sample(const std::string& name) {
  std::ifstream file(test_support::tests_folder() + "/functional/lvm/" + name + ".vg");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string error_of(const std::string& text) {
  try {
    static_cast<void>(parse_lvm_backup(text));
  } catch (const lvm_text_error& wrong) {
    return wrong.what();
  }
  return "";
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  EXPECT_NE(at, text.npos) << from;
  if (at != text.npos) text.replace(at, from.size(), to);
  return text;
}

TEST(lvm_config, reads_keys_values_lists_and_sections) {
  const auto top = parse_lvm_config(
      "# a comment\n"
      "a = 1 # another\n"
      "b=-2 c = \"x \\\"y\\\\ # \" 'd e' = 'f\\'\n"
      "list = [ 1, \"two\", 2.5, ] none = []\n"
      "outer { inner{ a = 9223372036854775807 } }");
  EXPECT_EQ(top.find("a")->number(), 1U);
  EXPECT_EQ(top.find("a")->line, 2U);
  EXPECT_EQ(top.find("b")->number(), std::nullopt);
  EXPECT_EQ(*top.find("c")->text(), "x \"y\\ # ");
  EXPECT_EQ(*top.find("d e")->text(), "f\\");
  EXPECT_EQ(top.find("d e")->line, 3U);
  const auto& list = std::get<lvm_list>(top.find("list")->value);
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(std::get<std::string>(list[1]), "two");
  EXPECT_EQ(std::get<lvm_fraction>(list[2]).text, "2.5");
  EXPECT_TRUE(std::get<lvm_list>(top.find("none")->value).empty());
  const auto* inner = top.find("outer")->section()->find("inner");
  EXPECT_EQ(inner->section()->find("a")->number(), 9223372036854775807U);
  EXPECT_EQ(top.find("outer")->number(), std::nullopt);
  EXPECT_EQ(top.find("absent"), nullptr);
}

TEST(lvm_config, refuses_what_is_wrong_and_says_where) {
  const auto refused = [](const std::string& text) -> std::string {
    try {
      static_cast<void>(parse_lvm_config(text));
    } catch (const lvm_text_error& wrong) {
      return wrong.what();
    }
    return "";
  };
  const struct {
    std::string text;
    std::string error;
  } cases[] = {
      {"a = 1\na = 2", "line 2: 'a' comes twice"},
      {"a", "line 1: the text ends where '=' or '{' should be"},
      {"a 1", "line 1: neither '=' nor '{' after 'a'"},
      {"a =", "line 1: the text ends where a value should be"},
      {"= 1", "line 1: no key where one should be"},
      {"\n{ }", "line 2: no key where one should be"},
      {"a {\nb = 1\n", "line 1: the section that begins here has no end"},
      {"a = 1 }", "line 1: no key where one should be"},
      {"a = \"x\ny\"", "line 1: a string has no end"},
      {"a = \"x\\", "line 1: a string has no end"},
      {"a = [1 2]", "line 1: neither ',' nor ']' in a list"},
      {"a = [1,,2]", "line 1: a value is neither number nor string"},
      {"a = [1", "line 1: the text ends where ',' or ']' should be"},
      {"a = [[1]]", "line 1: a value is neither number nor string"},
      {"a = word", "line 1: a value is neither number nor string"},
      {"a = 12x", "line 1: a value is neither number nor string"},
      {"a = -", "line 1: a value is neither number nor string"},
      {"a = .", "line 1: a value is neither number nor string"},
      {"a = 9223372036854775808", "line 1: a number is too large"},
      {"a = 1-2", "line 1: a value is neither number nor string"},
  };
  for (const auto& wrong : cases) EXPECT_EQ(refused(wrong.text), wrong.error) << wrong.text;

  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "a{";
  EXPECT_EQ(refused(deep), "line 1: sections are nested too deeply");
  std::string many = "a = [";
  for (std::size_t i = 0; i <= lvm_values_max; ++i) many += "1,";
  EXPECT_EQ(refused(many + "]"), "line 1: there are too many values");
  EXPECT_EQ(refused(std::string(lvm_text_bytes_max + 1, ' ')), "line 1: the text is too long");
  EXPECT_EQ(refused(std::string("a\0b = 1", 7)), "line 1: neither '=' nor '{' after 'a'");
}

TEST(lvm_backup, reads_what_lvm2_wrote) {
  const auto group = parse_lvm_backup(sample("twopools"));
  EXPECT_EQ(group.name, "vg");
  ASSERT_EQ(group.pools.size(), 2U);
  const auto& pool = group.pools[0];
  EXPECT_EQ(pool.name, "pool");
  EXPECT_EQ(pool.metadata_volume, "pool_tmeta");
  EXPECT_EQ(pool.data_volume, "pool_tdata");
  EXPECT_EQ(pool.transaction_id, 6U);
  EXPECT_EQ(pool.chunk_sectors, 128U);
  EXPECT_FALSE(pool.has_messages());
  ASSERT_EQ(pool.volumes.size(), 4U);
  EXPECT_EQ(pool.volumes[0].name, "one");
  EXPECT_EQ(pool.volumes[0].device, 1U);
  EXPECT_EQ(pool.volumes[0].sectors, 65536U);
  EXPECT_EQ(pool.volumes[0].transaction_id, 0U);
  EXPECT_EQ(pool.volumes[0].origin, "");
  EXPECT_EQ(pool.volumes[1].name, "snap");
  EXPECT_EQ(pool.volumes[1].origin, "one");
  EXPECT_EQ(pool.volumes[2].name, "two");
  EXPECT_EQ(pool.volumes[2].sectors, 131072U);
  EXPECT_EQ(pool.volumes[3].external_origin, "plain");
  EXPECT_EQ(pool.volumes[3].device, 5U);
  EXPECT_EQ(pool.find(3)->name, "two");
  EXPECT_EQ(pool.find(4), nullptr);
  EXPECT_EQ(pool.find("external")->device, 5U);
  EXPECT_EQ(pool.find("large"), nullptr);
  const auto& second = group.pools[1];
  EXPECT_EQ(second.name, "second");
  EXPECT_EQ(second.chunk_sectors, 256U);
  ASSERT_EQ(second.volumes.size(), 2U);
  EXPECT_EQ(second.volumes[0].name, "large");
  EXPECT_EQ(second.volumes[0].sectors, 2097152U);
}

TEST(lvm_backup, reads_messages_to_the_kernel) {
  const auto creating = parse_lvm_backup(sample("creating"));
  const auto& with_new = creating.pools.at(0);
  EXPECT_TRUE(with_new.has_messages());
  EXPECT_TRUE(with_new.find("external")->is_new);
  EXPECT_FALSE(with_new.find("one")->is_new);
  const auto deleting = parse_lvm_backup(sample("deleting"));
  const auto& with_deleted = deleting.pools.at(0);
  EXPECT_TRUE(with_deleted.has_messages());
  EXPECT_THAT(with_deleted.to_delete, ElementsAre(4));
  EXPECT_EQ(with_deleted.find(4), nullptr);
}

TEST(lvm_backup, a_group_may_be_empty) {
  const auto group = parse_lvm_backup(sample("empty"));
  EXPECT_EQ(group.name, "vg");
  EXPECT_TRUE(group.pools.empty());
}

TEST(lvm_backup, refuses_what_leaves_doubt) {
  const auto good = sample("twopools");
  ASSERT_EQ(error_of(good), "");
  const struct {
    std::string_view from, to, error;
  } cases[] = {
      {"Text Format Volume Group", "something", "this is no backup of an LVM2 volume group"},
      {"version = 1", "version = 2", "the format's version is not 1"},
      {"vg {", "a { } vg {", "there is a second volume group"},
      {"extent_size = 8192", "extent_size = 0", "'extent_size' is 0"},
      {"device_id = 3", "device_id = 2", "are both device 2 of 'pool'"},
      {"device_id = 3", "device_id = 16777216", "'device_id' is no number up to 16777215"},
      {"device_id = 3", "", "logical volume 'two': has no 'device_id'"},
      {"device_id = 3", "device_id = \"3\"", "'device_id' is no number"},
      {"origin = \"one\"", "origin = \"gone\"", "its 'origin' is no volume of its pool"},
      {"origin = \"one\"", "origin = \"plain\"", "its 'origin' is no volume of its pool"},
      {"origin = \"one\"", "origin = \"large\"", "its 'origin' is no volume of its pool"},
      {"thin_pool = \"pool\"", "thin_pool = \"one\"", "its 'thin_pool' is not in the file"},
      {"type = \"thin\"", "type = 5", "'type' is no string"},
      {"metadata = \"pool_tmeta\"", "metadata = \"a/b\"", "'metadata' is no name"},
      {"chunk_size = 128", "chunk_size = 128 message1 { trim = \"one\" }", "is no message"},
      {"chunk_size = 128", "chunk_size = 128 message1 { create = \"large\" }",
       "the volume to create is none of the pool's"},
      {"two {", "\"..\" {", "the name of a logical volume is none of LVM2's"},
  };
  for (const auto& wrong : cases) {
    const auto text = replaced(good, wrong.from, wrong.to);
    const auto error = error_of(text);
    EXPECT_THAT(error, HasSubstr(std::string(wrong.error))) << wrong.to;
    EXPECT_THAT(error, StartsWith("line "));
  }
}

// Whatever the text: it is read, or refused with a line.
TEST(lvm_backup, survives_any_change_of_its_bytes) {
  const auto good = sample("deleting");
  std::mt19937 draw(7);
  const std::string bytes = std::string("{}[]=#\"'\\,.-+09aZ \n\t\r\x7f\xff", 23) + '\0';
  for (int round = 0; round < 3000; ++round) {
    auto text = good;
    for (int change = 0; change < 1 + round % 4; ++change) {
      const auto at = draw() % text.size();
      switch (draw() % 3) {
        case 0:
          text[at] = bytes[draw() % bytes.size()];
          break;
        case 1:
          text.erase(at, 1 + draw() % 40);
          break;
        default:
          text.insert(at, text.substr(draw() % text.size(), draw() % 60));
          break;
      }
    }
    const auto error = error_of(text);
    if (error.empty()) continue;
    EXPECT_THAT(error, StartsWith("line "));
    EXPECT_EQ(error.find('\n'), error.npos);
  }
}

TEST(lvm_backup, pools_are_named_after_the_last_colon) {
  const auto named = [](std::string_view text) {
    const auto name = parse_lvm_pool_name(text);
    return name.file + "|" + name.group + "|" + name.pool;
  };
  EXPECT_EQ(named("/etc/lvm/backup/vg"), "/etc/lvm/backup/vg||");
  EXPECT_EQ(named("vg:vg/pool"), "vg|vg|pool");
  EXPECT_EQ(named("a:b:vg/pool"), "a:b|vg|pool");
  EXPECT_EQ(named("a:b"), "a:b||");
  EXPECT_EQ(named("a:b/c/d"), "a:b/c/d||");
  EXPECT_EQ(named("a:/b"), "a:/b||");
  EXPECT_EQ(named(":vg/pool"), ":vg/pool||");
}

TEST(lvm_backup, chooses_a_pool_or_names_those_there_are) {
  const auto group = parse_lvm_backup(sample("twopools"));
  EXPECT_EQ(choose_lvm_pool(group, {"f", "vg", "second"}).name, "second");
  const auto refused = [](const lvm_group& of, const lvm_pool_name& name) -> std::string {
    try {
      static_cast<void>(choose_lvm_pool(of, name));
    } catch (const pdata::error& wrong) {
      return wrong.what();
    }
    return "";
  };
  EXPECT_EQ(refused(group, {"f", "", ""}),
            "'f' has several thin pools; name one of them: vg/pool, vg/second");
  EXPECT_EQ(refused(group, {"f", "vg", "x"}),
            "'f' has no thin pool 'vg/x'; it has vg/pool, vg/second");
  EXPECT_EQ(refused(group, {"f", "wg", "pool"}),
            "'f' has no thin pool 'wg/pool'; it has vg/pool, vg/second");
  EXPECT_EQ(refused(parse_lvm_backup(sample("empty")), {"f", "", ""}),
            "'f': volume group 'vg' has no thin pool");
  EXPECT_EQ(choose_lvm_pool(parse_lvm_backup(sample("four")), {"f", "", ""}).name, "pool");
}

}  // namespace
}  // namespace thin_tools
