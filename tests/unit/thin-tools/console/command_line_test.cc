#include "thin-tools/console/command_line.h"

#include <gtest/gtest.h>

namespace thin_tools {
namespace {

constexpr option_row rows[] = {
    {'q', "quiet", argument::none, "", "no output"},
    {'m', "metadata-snap", argument::optional, "N", "metadata snapshot"},
    {'o', "output", argument::required, "FILE", "where to"},
    {0, "skip-mappings", argument::none, "", "skip"},
    {0, "super-block-only", argument::none, "", "superblock"},
    {0, "dev-id", argument::required, "N", "device"},
    {'n', "numeric-only", argument::optional, "FORM", "number"},
};
constexpr command_syntax syntax{"tool", "does it", "{device|file}", rows};

command_line parse(std::vector<std::string> words) { return command_line(syntax, words); }

TEST(command_line, takes_flags_in_any_form_and_place) {
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"-q", "file"}, {"file", "-q"}, {"--quiet", "file"}, {"--qui", "file"}}) {
    const auto line = parse(words);
    EXPECT_TRUE(line.has("quiet"));
    EXPECT_EQ(line.sole_operand(), "file");
  }
}

TEST(command_line, bundles_short_flags_and_attaches_values) {
  const auto line = parse({"-qofile", "in"});
  EXPECT_TRUE(line.has("quiet"));
  EXPECT_EQ(line.value("output"), "file");
}

TEST(command_line, the_last_of_repeated_values_wins_and_all_are_kept) {
  const auto line = parse({"-o", "a", "--output=b", "--dev-id", "1", "--dev-id=2", "in"});
  EXPECT_EQ(line.value("output"), "b");
  EXPECT_EQ(line.numbers("dev-id"), (std::vector<std::uint64_t>{1, 2}));
}

TEST(command_line, an_optional_value_must_be_attached) {
  for (const std::string with : {"-m5", "-m=5", "--metadata-snap=5", "--meta=5"}) {
    const auto line = parse({with, "file"});
    EXPECT_EQ(line.number("metadata-snap"), 5) << with;
    EXPECT_EQ(line.sole_operand(), "file") << with;
  }
  for (const std::string without : {"-m", "--metadata-snap", "--meta"}) {
    const auto line = parse({without, "file"});
    EXPECT_TRUE(line.has("metadata-snap")) << without;
    EXPECT_EQ(line.value("metadata-snap"), std::nullopt) << without;
    EXPECT_EQ(line.sole_operand(), "file") << without;
  }
  EXPECT_EQ(parse({"-nshort", "x"}).value("numeric-only"), "short");
  EXPECT_EQ(parse({"-n=long", "x"}).value("numeric-only"), "long");
}

TEST(command_line, the_value_of_another_option_is_not_taken_for_an_option) {
  const auto line = parse({"-o", "-m", "file"});
  EXPECT_EQ(line.value("output"), "-m");
  EXPECT_FALSE(line.has("metadata-snap"));
}

TEST(command_line, a_flag_letter_inside_an_attached_value_is_no_flag) {
  const auto line = parse({"-oqm", "file"});
  EXPECT_EQ(line.value("output"), "qm");
  EXPECT_FALSE(line.has("quiet"));
}

TEST(command_line, optional_values_may_close_a_bundle) {
  const auto line = parse({"-qm5", "file"});
  EXPECT_TRUE(line.has("quiet"));
  EXPECT_EQ(line.number("metadata-snap"), 5);
}

TEST(command_line, two_dashes_end_the_options) {
  EXPECT_EQ(parse({"--", "-q"}).operands(), (std::vector<std::string>{"-q"}));
  EXPECT_EQ(parse({"--", "-m"}).operands(), (std::vector<std::string>{"-m"}));
}

TEST(command_line, names_an_unknown_option) {
  for (const std::string wrong : {"--hedgehogs-only", "-z", "--hedgehogs-only=3"}) {
    try {
      parse({wrong, "file"});
      FAIL() << wrong;
    } catch (const usage_error& e) {
      EXPECT_NE(std::string(e.what()).find(wrong.substr(0, wrong.find('='))), std::string::npos)
          << e.what();
    }
  }
}

TEST(command_line, refuses_ambiguous_abbreviations_and_missing_or_extra_values) {
  EXPECT_THROW(parse({"--s", "file"}), usage_error);
  EXPECT_THROW(parse({"file", "-o"}), usage_error);
  EXPECT_THROW(parse({"--quiet=1", "file"}), usage_error);
}

TEST(command_line, a_whole_name_is_not_ambiguous) {
  static constexpr option_row prefix_rows[] = {
      {0, "root", argument::required, "N", ""},
      {0, "root-directory", argument::required, "N", ""},
  };
  static constexpr command_syntax prefix_syntax{"tool", "", "", prefix_rows};
  const std::vector<std::string> words{"--root", "4"};
  EXPECT_EQ(command_line(prefix_syntax, words).number("root"), 4);
}

TEST(command_line, skips_empty_operands) {
  EXPECT_EQ(parse({"", "file", ""}).sole_operand(), "file");
  EXPECT_NO_THROW(parse({""}).expect_no_operands());
  EXPECT_THROW(parse({"a", "b"}).sole_operand(), usage_error);
  EXPECT_THROW(parse({""}).sole_operand(), usage_error);
}

TEST(command_line, numbers_are_whole_unsigned_decimals) {
  EXPECT_EQ(parse_number("18446744073709551615"), UINT64_MAX);
  for (const auto* wrong : {"", "-1", "+1", " 1", "1 ", "1x", "0x10", "18446744073709551616"})
    EXPECT_EQ(parse_number(wrong), std::nullopt) << wrong;
  EXPECT_EQ(parse_number("11", 10), std::nullopt);
}

TEST(command_line, usage_lists_every_option_once) {
  const auto text = usage_text(syntax);
  for (const auto& row : rows)
    EXPECT_NE(text.find("--" + std::string(row.name)), std::string::npos) << row.name;
  EXPECT_NE(text.find("-V, --version"), std::string::npos);
}

constexpr option_row grouped_rows[] = {
    heading("What is read"),
    {'i', "input", argument::required, "FILE", "where from"},
    {0, "io-engine", argument::required, "ENGINE", "not used", true},
    heading("What is written"),
    {0, "in-place", argument::none, "", "there"},
    {'o', "output", argument::required, "FILE", "where to", false, "one two"},
};
constexpr command_syntax grouped{"tool", "does it", "", grouped_rows};

TEST(command_line, headings_are_shown_and_are_no_options) {
  const std::string text = usage_text(grouped);
  const auto first = text.find(" What is read:\n  -i, --input FILE");
  const auto second = text.find(" What is written:\n      --in-place");
  const auto last = text.find(" General:\n  -h, --help");
  EXPECT_NE(first, std::string::npos);
  EXPECT_LT(first, second);
  EXPECT_LT(second, last);
  EXPECT_NE(last, std::string::npos);
  EXPECT_EQ(usage_text(syntax).find("General"), std::string::npos);
  for (const std::string odd : {"--=x", "--What is read", "--What", "--i=x"})
    EXPECT_THROW(command_line(grouped, std::vector<std::string>{odd}), usage_error) << odd;
}

TEST(command_line, what_is_hidden_is_taken_and_makes_nothing_ambiguous) {
  const auto parse_grouped = [](std::vector<std::string> words) {
    return command_line(grouped, words);
  };
  EXPECT_EQ(parse_grouped({"--inpu", "file"}).value("input"), "file");
  EXPECT_EQ(parse_grouped({"--io-engine", "sync"}).value("io-engine"), "sync");
  EXPECT_EQ(parse_grouped({"--io=sync"}).value("io-engine"), "sync");
  EXPECT_EQ(usage_text(grouped).find("io-engine"), std::string::npos);
}

}  // namespace
}  // namespace thin_tools
