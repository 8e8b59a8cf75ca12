#include "thin-tools/text/json_reader.h"

#include <gtest/gtest.h>

#include "persistent-data/base/error.h"
#include "persistent-data/stream/stream_validator.h"
#include "tests/unit/support/stream_text.h"

namespace thin_tools {
namespace {

const std::string superblock =
    R"({"superblock": {"uuid": "", "time": 1, "transaction": 2, "flags": 0, "version": 2,
"data_block_size": 128, "nr_data_blocks": 100})";
const std::string device =
    R"({"dev_id": 1, "mapped_blocks": 2, "transaction": 0, "creation_time": 0, "snap_time": 3, )";

struct outcome {
  std::string events;
  std::string error;
};

outcome read(const std::string& json) {
  outcome found;
  test_support::stream_text events;
  pdata::stream_position position;
  pdata::stream_validator validator(events);
  string_source source(json);
  try {
    read_json(source, validator, position);
    validator.expect_complete();
  } catch (const pdata::error& e) {
    found.error = e.what();
  }
  found.events = events.text;
  return found;
}

TEST(json_reader, reads_the_documented_form) {
  const auto found = read(superblock + R"(,
"defs": [{"name": "17", "mappings": [
{"origin_begin": 5, "data_begin": 6, "length": 1, "time": 0}]}],
"devices": [)" + device + R"("mappings": [{"ref": "17"},
{"time": 1, "length": 1, "data_begin": 9, "origin_begin": 8}]}]})");
  EXPECT_EQ(found.error, "");
  EXPECT_EQ(found.events,
            "superblock '' 1 2 0 2 128 100\n"
            "def '17'\nrun 5 6 1 0\nend def\n"
            "device 1 2 0 0 3\nref '17'\nrun 8 9 1 1\nend device\nend superblock\n");
}

TEST(json_reader, refuses_what_is_wrong_and_says_where) {
  const std::string run = R"({"origin_begin": 5, "data_begin": 6, "length": 2, "time": 0})";
  const auto in_device = [&](const std::string& mappings) {
    return superblock + ",\n\"devices\": [" + device + "\"mappings\": [\n" + mappings + "]}]}";
  };
  ASSERT_EQ(read(in_device(run)).error, "");
  const struct {
    std::string json;
    std::string error;
  } cases[] = {
      {"{", "line 1: syntax error"},
      {"[]", "line 1: document: unexpected an array"},
      {"{}", "line 1: document: missing member 'superblock'"},
      {superblock + "}", "line 2: document: missing member 'devices'"},
      {R"({"devices": []})", "line 1: document: 'superblock' must come first"},
      {R"({"superblock": []})", "line 1: document: unexpected an array"},
      {R"({"superblock": 5})", "line 1: document: 'superblock' has a value of the wrong type"},
      {R"({"more": 5})", "line 1: document: unknown member 'more'"},
      {R"({"superblock": {"time": -1}})", "line 1: superblock: -1 is not an unsigned integer"},
      {R"({"superblock": {"time": 1.5}})", "line 1: superblock: '1.5' is not an unsigned integer"},
      {R"({"superblock": {"time": 4294967296}})",
       "line 1: superblock: 'time': 4294967296 is above 4294967295"},
      {R"({"superblock": {"time": 18446744073709551616}})", "is not an unsigned integer"},
      {R"({"superblock": {"time": 1, "time": 2}})", "line 1: superblock: 'time' comes twice"},
      {R"({"superblock": {"time": "1"}})", "'time' has a value of the wrong type"},
      {R"({"superblock": {"time": null}})", "line 1: superblock: unexpected null"},
      {R"({"superblock": {"time": {}}})", "line 1: superblock: unexpected an object"},
      {R"({"superblock": {"uuid": ""}})", "line 1: superblock: missing member 'time'"},
      {superblock + R"(, "devices": [5]})", "line 2: devices: unexpected number or text"},
      {superblock + R"(, "devices": [{"mappings": []}]})",
       "line 2: device: missing member 'dev_id'"},
      {in_device(R"({"origin_begin": 5})"), "line 4: mapping: needs origin_begin"},
      {in_device(R"({"ref": "a", "time": 1})"), "line 4: mapping: needs origin_begin"},
      {in_device(R"({"ref": "a"})"), "line 4: mapping: there is no def named 'a'"},
      {in_device(run + ",\n" + run), "line 5: mapping: virtual block 5 is mapped twice"},
      {in_device(""), "line 4: device: device 1 has 0 mappings, but mapped_blocks says 2"},
  };
  for (const auto& bad : cases) {
    const auto found = read(bad.json);
    EXPECT_NE(found.error.find(bad.error), std::string::npos)
        << "'" << found.error << "' instead of '" << bad.error << "'";
    EXPECT_EQ(found.events.find("end superblock"), std::string::npos) << bad.error;
  }
}

}  // namespace
}  // namespace thin_tools
