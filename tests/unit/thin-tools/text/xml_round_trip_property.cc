// What the writers write the readers read, and both forms of a mapping element
// (the one that is recognised directly, and others) mean the same.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "persistent-data/base/error.h"
#include "persistent-data/stream/pool_builder.h"
#include "persistent-data/stream/stream_spool.h"
#include "persistent-data/stream/stream_validator.h"
#include "tests/unit/support/random_streams.h"
#include "tests/unit/support/stream_text.h"
#include "thin-tools/text/json_reader.h"
#include "thin-tools/text/xml_reader.h"
#include "thin-tools/text/xml_writer.h"

namespace thin_tools {
namespace {

std::string events_of(const std::string& xml) {
  test_support::stream_text events;
  pdata::stream_position position;
  pdata::stream_validator validator(events);
  string_source source(xml);
  read_xml(source, validator, position, [](const std::string& text) { RC_FAIL(text); });
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

// Text with a few bytes changed, moved or cut is read or refused by an error.
void expect_no_surprise(const std::string& text, bool json) {
  std::string changed = text;
  const int nr_changes = *rc::gen::inRange(1, 4);
  for (int i = 0; i < nr_changes && !changed.empty(); ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, changed.size());
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
        changed[at] = *rc::gen::arbitrary<char>();
        break;
      case 1:
        changed.erase(at, *rc::gen::inRange<std::size_t>(1, 60));
        break;
      case 2:
        changed.insert(at, changed.substr(changed.size() / 2, 50));
        break;
      default:
        changed.resize(at);
    }
  }
  pdata::stream_spool spool;
  pdata::stream_position position;
  pdata::stream_validator validator(spool);
  string_source source(changed);
  try {
    if (json) {
      read_json(source, validator, position);
    } else {
      read_xml(source, validator, position, [](const std::string&) {});
    }
    validator.expect_complete();
    const auto builder = pdata::pool_builder::rehearsal(1000, {});
    spool.replay(*builder);
  } catch (const pdata::error& e) {
    RC_ASSERT(std::string(e.what()).find('\n') == std::string::npos);
  }
}

const char* const small_json = R"({"superblock": {"uuid": "", "time": 1, "transaction": 2,
"flags": 0, "version": 2, "data_block_size": 128, "nr_data_blocks": 100},
"defs": [{"name": "17", "mappings": [
{"origin_begin": 5, "data_begin": 6, "length": 1, "time": 0}
]}],
"devices": [
{"dev_id": 1, "mapped_blocks": 2, "transaction": 0, "creation_time": 0, "snap_time": 3,
"mappings": [
{"ref": "17"},
{"origin_begin": 8, "data_begin": 9, "length": 1, "time": 1}
]}
]}
)";

TEST(xml_round_trip_property, damaged_text_is_refused_in_one_line) {
  EXPECT_TRUE(rc::check([] {
    const auto pool = *test_support::any_pool();
    string_sink text;
    xml_writer xml(text);
    pool.play(xml);
    expect_no_surprise(text.text(), false);
  }));
  EXPECT_TRUE(rc::check([] { expect_no_surprise(small_json, true); }));
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
