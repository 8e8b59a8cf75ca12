// What the writers write the readers read, and both forms of a mapping element
// (the one that is recognised directly, and others) mean the same.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "persistent-data/pool/stream_spool.h"
#include "persistent-data/pool/stream_validator.h"
#include "tests/unit/support/random_streams.h"
#include "tests/unit/support/stream_text.h"
#include "thin-tools/xml/xml_reader.h"
#include "thin-tools/xml/xml_writer.h"

namespace thin_tools {
namespace {

std::string events_of(const std::string& xml) {
  test_support::stream_text events;
  pdata::stream_validator validator(events);
  string_source source(xml);
  read_xml(source, validator, [](const std::string& text) { RC_FAIL(text); });
  validator.expect_complete();
  return events.text;
}

std::string replace_all(std::string text, const std::string& what, const std::string& by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
  return text;
}

TEST(xml_round_trip_property, reading_gives_back_what_was_written) {
  EXPECT_TRUE(rc::check([] {
    const auto pool = *test_support::any_pool();
    test_support::stream_text expected;
    pool.play(expected);
    string_sink text;
    xml_writer xml(text);
    pool.play(xml);
    RC_ASSERT(events_of(text.text()) == expected.text);
    RC_ASSERT(events_of(replace_all(text.text(), "\"/>", "\" />")) == expected.text);
    RC_ASSERT(events_of(replace_all(text.text(), "\n    <", "<!--\n    <ref/>\n-->\n<")) ==
              expected.text);
    RC_ASSERT(events_of(replace_all(text.text(), "\n", "")) == expected.text);
  }));
}

TEST(stream_spool_property, plays_what_it_was_given) {
  EXPECT_TRUE(rc::check([] {
    const auto pool = *test_support::any_pool();
    test_support::stream_text expected;
    pool.play(expected);
    pdata::stream_spool spool;
    pool.play(spool);
    for (int turn = 0; turn < 2; ++turn) {
      test_support::stream_text replayed;
      spool.replay(replayed);
      RC_ASSERT(replayed.text == expected.text);
    }
  }));
}

}  // namespace
}  // namespace thin_tools
