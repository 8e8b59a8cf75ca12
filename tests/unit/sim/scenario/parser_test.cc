#include <gmock/gmock.h>

#include "persistent-data/base/error.h"
#include "sim/scenario/interpreter.h"
#include "sim/scenario/script.h"

namespace sim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> words_of(std::string_view text, const variables& set = {}) {
  const auto parsed = parse_script("s", text, set);
  const statuses known(parsed.nr_statuses, 3);
  std::vector<std::string> words;
  for (const auto& command : parsed.commands)
    for (const auto& w : command.words) words.push_back(w.text(known));
  return words;
}

std::string error_of(const std::string& text) {
  try {
    validate_script(parse_script("s", text, {}));
  } catch (const pdata::error& e) {
    return e.what();
  }
  return "accepted";
}

TEST(parser, cuts_words_and_takes_quotes_away) {
  EXPECT_THAT(words_of("echo a  'b  c' \"d e\" f\\ g ''  # comment"),
              ElementsAre("echo", "a", "b  c", "d e", "f g", ""));
  EXPECT_THAT(words_of("echo a#b"), ElementsAre("echo", "a#b"));
  EXPECT_THAT(words_of("echo \\\n  a"), ElementsAre("echo", "a"));
  EXPECT_THAT(words_of("echo \"a\\\"b\\$c\\d\""), ElementsAre("echo", "a\"b$c\\d"));
}

TEST(parser, substitutes_variables) {
  EXPECT_THAT(words_of("a=1\nb=\"x y\"\necho $a ${a}2 \"$b\" $b '$b'"),
              ElementsAre("echo", "1", "12", "x y", "x", "y", "$b"));
  EXPECT_THAT(words_of("a=\necho $a \"$a\""), ElementsAre("echo", ""));
  EXPECT_THAT(words_of("echo $given", {{"given", word("v")}}), ElementsAre("echo", "v"));
}

TEST(parser, keeps_statuses_for_later) {
  const auto parsed = parse_script("s", "echo $?\nx=$?\necho $x-$?", {});
  ASSERT_EQ(parsed.commands.size(), 3U);
  EXPECT_EQ(parsed.commands[0].words[1].text({7, 0}), "7");
  ASSERT_EQ(parsed.commands[1].keeps_status_in.size(), 1U);
  EXPECT_EQ(parsed.commands[2].words[1].text({0, 7}), "7-0");
}

TEST(parser, reads_here_documents) {
  const auto parsed = parse_script("s",
                                   "v=5\nio /dev/a - <<END 2>/dev/null\nwrite $v\n\nEND\n"
                                   "io /dev/a - <<'X'\n$v\nX\n",
                                   {});
  ASSERT_EQ(parsed.commands.size(), 3U);
  const auto& first = parsed.commands[1];
  ASSERT_TRUE(first.input.has_value());
  EXPECT_EQ(first.input->size(), 2U);
  EXPECT_EQ(first.input->at(0).fixed_text(), "write 5");
  EXPECT_TRUE(first.drops_messages);
  EXPECT_EQ(parsed.commands[2].input->at(0).fixed_text(), "$v");
}

TEST(parser, names_file_line_and_reason_of_what_is_not_in_the_language) {
  const std::pair<const char*, const char*> cases[] = {
      {"echo a\necho a | cat", "s:2: '|' is not part"},
      {"echo a; echo b", "s:1: ';' is not part"},
      {"echo a &", "'&'"},
      {"for i in 1 2\n", "s:1: 'for' is not a command"},
      {"echo $(date)", "command substitution"},
      {"echo `date`", "command substitution"},
      {"echo *", "pattern character '*'"},
      {"echo $unset", "s:1: the variable 'unset' is not set"},
      {"echo ${a:-b}", "${...}"},
      {"echo $1", "'$1'"},
      {"echo a >file", "/dev/null"},
      {"echo a 2>&1", "redirection"},
      {"cat <file", "'<'"},
      {"\necho 'a", "s:2: a quote is not closed"},
      {"echo a\nio d - <<END\nread 0 1\n", "s:3: the here-document is not ended by 'END'"},
      {"a=1 echo", "an assignment before a command"},
      {"mkfs /dev/a", "'mkfs' is not a command"},
      {"io /dev/a write 0 1", "write needs SECTOR COUNT SEED"},
      {"io /dev/a write 0 40000 1", "at most 32768"},
      {"io /dev/a - <<E\nread 0 1\nreed 0 1\nE", "'reed' is not a request"},
      {"io /dev/a read x 1", "'x' is not a number"},
      {"dd if=/dev/vda of=/dev/vdb", "dd: 'if=/dev/vda'"},
      {"dd if=/dev/zero of=/dev/a bs=4q", "'bs=4q'"},
      {"sleep soon", "'soon'"},
      {"dmsetup frobnicate x", "'frobnicate'"},
      {"dmsetup create x", "needs --table"},
      {"dmsetup create x --colour red", "'--colour'"},
      {"dmsetup message pool 0", "needs a device, a sector and a message"},
      {"blockdev --setro /dev/a", "--getsz"},
      {"echo hi <<E\nx\nE", "does not read a here-document"},
  };
  for (const auto& [text, reason] : cases) EXPECT_THAT(error_of(text), HasSubstr(reason)) << text;
}

TEST(parser, accepts_every_command_of_the_language) {
  EXPECT_EQ(
      error_of("d=/dev/a\n"
               "dd if=/dev/zero of=$d bs=4k count=1 seek=2x3 2>/dev/null\n"
               "echo a $?\nsleep 1.5\nsync\nblockdev --getsz $d >/dev/null\n"
               "dmsetup create p <<E\n0 1 error\nE\n"
               "dmsetup create q --notable\ndmsetup load q --table '0 1 zero'\n"
               "dmsetup suspend --noflush q\ndmsetup resume q\ndmsetup remove p q\n"
               "dmsetup message p 0 create_thin 1\ndmsetup status\ndmsetup table p\n"
               "dmsetup info p\ndmsetup ls\ndmsetup targets\ndmsetup wait p 0\n"
               "io $d flush\nio $d discard 0 1\nio $d - <<E\n# nothing\nwrite 0 1 2 sync\nE\n"),
      "accepted");
}

}  // namespace
}  // namespace sim
