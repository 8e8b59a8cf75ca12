#include "thin-tools/text/xml_reader.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "persistent-data/base/error.h"
#include "persistent-data/stream/stream_validator.h"
#include "tests/unit/support/stream_text.h"

namespace thin_tools {
namespace {

const std::string superblock =
    "<superblock uuid=\"\" time=\"1\" transaction=\"2\" flags=\"0\" version=\"2\" "
    "data_block_size=\"128\" nr_data_blocks=\"100\">\n";
const std::string device =
    "<device dev_id=\"1\" mapped_blocks=\"1\" transaction=\"0\" creation_time=\"0\" "
    "snap_time=\"0\">\n";
const std::string mapping = "<single_mapping origin_block=\"5\" data_block=\"6\" time=\"0\"/>\n";
const std::string ends = "</device>\n</superblock>\n";

struct outcome {
  std::string events;
  std::string warnings;
  std::string error;
};

// Text that comes in small pieces, as through a pipe.
class slow_source : public text_source {
 public:
  explicit slow_source(const std::string& text) : all_(text) {}
  std::size_t read(std::span<char> to) override {
    size_ = size_ % 5000 + 1777;
    return all_.read(to.first(std::min(to.size(), size_)));
  }

 private:
  string_source all_;
  std::size_t size_ = 0;
};

outcome read(text_source& source) {
  outcome found;
  test_support::stream_text events;
  pdata::stream_position position;
  pdata::stream_validator validator(events, pdata::stream_order::required, &position);
  try {
    read_xml(source, validator, position, [&](const std::string& text) { found.warnings += text; });
    validator.expect_complete();
  } catch (const pdata::error& e) {
    found.error = e.what();
  }
  found.events = events.text;
  return found;
}

outcome read(const std::string& xml) {
  string_source source(xml);
  return read(source);
}

const std::string plain_events =
    "superblock '' 1 2 0 2 128 100\n"
    "device 1 1 0 0 0\n"
    "run 5 6 1 0\n"
    "end device\n"
    "end superblock\n";

TEST(xml_reader, reads_what_thin_dump_writes) {
  const auto found = read(superblock + device + mapping + ends);
  EXPECT_EQ(found.error, "");
  EXPECT_EQ(found.warnings, "");
  EXPECT_EQ(found.events, plain_events);
}

// The same pool in all the forms that one peer or the other accepts.
TEST(xml_reader, accepts_every_form_of_the_same_pool) {
  const std::string same[] = {
      "<?xml version=\"1.0\"?>\n" + superblock + device + mapping + ends,
      "<!-- a --> " + superblock + "<!-- b -->" + device + "<!--" + mapping + "-->" + mapping +
          ends,
      superblock + device + mapping + "</device></superblock>",
      "<superblock nr_data_blocks='100' data_block_size='128' transaction='2' time='1' uuid=''>" +
          device + mapping + ends,
      superblock + device +
          "<single_mapping origin_block=\"5\" data_block=\"6\" time=\"0\"></single_mapping>" + ends,
      superblock + device +
          "<range_mapping origin_begin=\"5\" data_begin=\"6\" length=\"1\" time=\"0\"/>\n" + ends,
      superblock + device +
          "<range_mapping origin_begin=\"0\" data_begin=\"6\" length=\"0\" time=\"0\"/>\n" +
          mapping + ends,
      superblock + device + "\r\n\t" + mapping + ends,
  };
  for (const auto& xml : same) {
    const auto found = read(xml);
    EXPECT_EQ(found.error, "") << xml;
    EXPECT_EQ(found.events, plain_events) << xml;
  }
}

TEST(xml_reader, reads_defs_and_refs_and_an_old_metadata_snapshot) {
  const auto found = read(
      "<superblock uuid=\"u&amp;v\" time=\"1\" transaction=\"2\" flags=\"1\" version=\"1\" "
      "data_block_size=\"128\" nr_data_blocks=\"100\" metadata_snap=\"77\">"
      "<def name=\"a&lt;b\">" +
      mapping + "</def>" + device + "<ref name=\"a&lt;b\"/>" + ends);
  EXPECT_EQ(found.error, "");
  EXPECT_EQ(found.warnings, "");
  EXPECT_EQ(found.events,
            "superblock 'u&v' 1 2 1 1 128 100\n"
            "def 'a<b'\nrun 5 6 1 0\nend def\n"
            "device 1 1 0 0 0\nref 'a<b'\nend device\nend superblock\n");
}

TEST(xml_reader, warns_of_attributes_that_nobody_knows) {
  const auto found = read(superblock + device +
                          "<single_mapping origin_block=\"5\" data_block=\"6\" time=\"0\" "
                          "bogus=\"1\"/>" +
                          ends);
  EXPECT_EQ(found.events, plain_events);
  EXPECT_EQ(found.warnings, "line 3: ignoring unknown attribute 'bogus'");
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  text.replace(text.find(what), what.size(), by);
  return text;
}

TEST(xml_reader, refuses_what_would_corrupt_or_lose_and_says_where) {
  const std::string good = superblock + device + mapping + ends;
  const std::string second = replaced(mapping, "\"5\"", "\"6\"");
  const struct {
    std::string xml;
    std::string error;
  } cases[] = {
      {"", "line 1: no element found"},
      {" \n", "line 2: no element found"},
      {"<superblock", "line 1: unclosed token"},
      {superblock + device + mapping, "line 4: no element found"},
      {replaced(good, "uuid=\"\" ", ""), "line 1: <superblock>: missing attribute 'uuid'"},
      {replaced(good, "time=\"1\" ", ""), "line 1: <superblock>: missing attribute 'time'"},
      {replaced(good, "transaction=\"2\" ", ""),
       "line 1: <superblock>: missing attribute 'transaction'"},
      {replaced(good, "data_block_size=\"128\" ", ""),
       "line 1: <superblock>: missing attribute 'data_block_size'"},
      {replaced(good, " nr_data_blocks=\"100\"", ""),
       "line 1: <superblock>: missing attribute 'nr_data_blocks'"},
      {replaced(good, "mapped_blocks=\"1\" ", ""),
       "line 2: <device>: missing attribute 'mapped_blocks'"},
      {replaced(good, "\"128\"", "\"64\""), "line 1: <superblock>: invalid data block size 64"},
      {replaced(good, "\"128\"", "\"192\""), "line 1: <superblock>: invalid data block size 192"},
      {replaced(good, "\"128\"", "\"0\""), "line 1: <superblock>: invalid data block size 0"},
      {replaced(good, "\"128\"", "\"2097280\""), "line 1: <superblock>: invalid data block size"},
      {replaced(good, "version=\"2\"", "version=\"7\""),
       "line 1: <superblock>: unknown metadata version 7"},
      {replaced(good, "uuid=\"\"", "uuid=\"seventeen letters\""),
       "line 1: <superblock>: the uuid is longer than 16 bytes"},
      {replaced(good, "\"100\"", "\"18446744073709551615\""), "line 1: <superblock>: 18446744073"},
      {replaced(good, "dev_id=\"1\"", "dev_id=\"4294967296\""),
       "line 2: <device>: attribute 'dev_id': '4294967296' is above 4294967295"},
      {replaced(good, "dev_id=\"1\"", "dev_id=\"-1\""),
       "line 2: <device>: attribute 'dev_id': '-1' is not an unsigned decimal number"},
      {replaced(good, "dev_id=\"1\"", "dev_id=\" 1\""), "' 1' is not an unsigned decimal number"},
      {replaced(good, "dev_id=\"1\"", "dev_id=\"\""), "'' is not an unsigned decimal number"},
      {replaced(good, "snap_time=\"0\"", "snap_time=\"4294967296\""), "above 4294967295"},
      {replaced(good, "block=\"6\" time=\"0\"", "block=\"6\" time=\"16777216\""),
       "line 3: <single_mapping>: time 16777216 does not fit"},
      {replaced(good, "block=\"6\" time=\"0\"", "block=\"6\" time=\"4294967296\""),
       "line 3: <single_mapping>: attribute 'time': '4294967296' is above 4294967295"},
      {replaced(good, "\"6\"", "\"100\""),
       "line 3: <single_mapping>: data block out of bounds: 1 blocks from 100 on, the data device "
       "has 100"},
      {replaced(good, "\"6\"", "\"1099511627776\""), "line 3: <single_mapping>: data block"},
      {replaced(good, "\"6\"", "\"99999999999999999999\""), "is above 18446744073709551615"},
      {replaced(good, "\"6\"", "\"six\""),
       "line 3: <single_mapping>: attribute 'data_block': 'six'"},
      {replaced(good, mapping,
                "<range_mapping origin_begin=\"18446744073709551615\" data_begin=\"0\" "
                "length=\"2\" time=\"0\"/>\n"),
       "line 3: <range_mapping>: the virtual blocks from 18446744073709551615 on"},
      {replaced(good, "mapped_blocks=\"1\"", "mapped_blocks=\"2\""),
       "line 4: <device>: device 1 has 1 mappings, but mapped_blocks says 2"},
      {replaced(good, mapping, mapping + mapping),
       "line 4: <single_mapping>: virtual block 5 is mapped twice"},
      {replaced(good, mapping, second + mapping),
       "line 4: <single_mapping>: keys out of order: virtual block 5 comes after 6"},
      {superblock + device + mapping + "</device>\n" + device + mapping + ends,
       "line 5: <device>: device 1 exists already"},
      {superblock + replaced(device, "\"1\"", "\"2\"") + mapping + "</device>\n" + device +
           mapping + ends,
       "line 5: <device>: devices out of order: 1 comes after 2"},
      {superblock + mapping + "</superblock>",
       "line 2: <single_mapping>: a mapping must be inside a device or def"},
      {device + mapping + "</device>", "line 1: <device>: a device must be directly inside"},
      {good + good, "line 6: junk after document element"},
      {superblock + superblock, "line 2: <superblock>: duplicated superblock"},
      {replaced(good, mapping, "<ref name=\"a\"/>"), "line 3: <ref>: there is no def named 'a'"},
      {superblock + "<def name=\"a\"></def><def name=\"a\"></def></superblock>",
       "line 2: <def>: there are two defs named 'a'"},
      {superblock + "<def name=\"a\"><ref name=\"a\"/></def></superblock>",
       "line 2: <ref>: a ref must be inside a device"},
      {superblock + device + "<def name=\"a\">", "line 3: <def>: a def may not be nested"},
      {replaced(good, mapping, "<mapping/>"), "line 3: <mapping>: unknown element"},
      {replaced(good, mapping, "<![CDATA[\n" + mapping + "]]>"),
       "line 4: unexpected text between elements"},
      {replaced(good, "<single", "single"), "line 3: unexpected text between elements"},
      {replaced(good, mapping, replaced(mapping, "/>", ">") + mapping + "</single_mapping>"),
       "line 4: <single_mapping>: a mapping or ref has no elements inside"},
      {"<!DOCTYPE superblock [<!ENTITY e \"x\">]>\n" + good,
       "line 1: document type declarations are not accepted"},
      {"<!--" + std::string(2 << 20, 'x') + "-->" + good, "line 1: an element is too long"},
  };
  for (const auto& bad : cases) {
    const auto found = read(bad.xml);
    EXPECT_NE(found.error.find(bad.error), std::string::npos)
        << "'" << found.error << "' instead of '" << bad.error << "'";
  }
}

// Many pieces' worth of lines: some are in comments, some are left to the parser, some
// devices are so small that a piece holds several.
struct long_text {
  explicit long_text(std::uint64_t nr_devices) {
    std::uint64_t data_block = 0;
    for (std::uint64_t id = 1; id <= nr_devices; ++id) {
      const std::uint64_t nr_mappings = id % 3 == 0 ? 20000 : id % 5;
      add(
          fmt::format("<device dev_id=\"{}\" mapped_blocks=\"{}\" transaction=\"0\" "
                      "creation_time=\"0\" snap_time=\"0\">\n",
                      id, nr_mappings));
      for (std::uint64_t i = 0; i < nr_mappings; ++i) {
        if (i % 7001 == 10)
          add("<!--\n<single_mapping origin_block=\"0\" data_block=\"0\" "
              "time=\"0\"/>\n-->\n");
        const auto* const space = i % 4999 == 20 ? " " : "";
        add(fmt::format("<single_mapping origin_block=\"{}\" data_block=\"{}\" time=\"0\"{}/>\n",
                        2 * i, data_block++, space));
      }
      add("</device>\n");
    }
    text = superblock_of(data_block) + text + "</superblock>\n";
  }

  static std::string superblock_of(std::uint64_t nr_data_blocks) {
    return fmt::format(
        "<superblock uuid=\"\" time=\"1\" transaction=\"2\" flags=\"0\" version=\"2\" "
        "data_block_size=\"128\" nr_data_blocks=\"{}\">\n",
        nr_data_blocks);
  }
  void add(const std::string& lines) { text += lines; }
  std::uint64_t line_at(std::size_t place) const {
    return 1 + static_cast<std::uint64_t>(std::count(text.begin(), text.begin() + place, '\n'));
  }

  std::string text;
};

TEST(xml_reader, reads_the_same_ahead_and_as_it_comes) {
  const long_text made(12);
  ASSERT_GT(made.text.size(), std::size_t{4} << 20);
  slow_source slow(made.text);
  const auto as_it_comes = read(slow);
  const auto ahead = read(made.text);
  EXPECT_EQ(ahead.error, "");
  EXPECT_EQ(as_it_comes.error, "");
  EXPECT_EQ(std::count(ahead.events.begin(), ahead.events.end(), '\n'), 80013 + 2 * 12 + 2);
  EXPECT_TRUE(ahead.events == as_it_comes.events);
}

TEST(xml_reader, names_the_line_of_an_error_far_into_the_text) {
  const long_text made(6);
  const std::string good = "origin_block=\"30002\"";
  const auto place = made.text.rfind(good);
  struct {
    std::string instead;
    std::string error;
  } const cases[] = {
      {"origin_block=\"2\"", "<single_mapping>: keys out of order"},
      {"origin_block=\"x\"", "<single_mapping>: "},
      {"origin=\"30002\"", "<single_mapping>: "},
      {"<", "not well-formed"},
  };
  for (const auto& [instead, error] : cases) {
    auto text = made.text;
    text.replace(place, good.size(), instead);
    slow_source slow(text);
    const auto as_it_comes = read(slow);
    const auto ahead = read(text);
    const auto line = fmt::format("line {}: ", made.line_at(place));
    EXPECT_EQ(ahead.error.substr(0, line.size()), line) << ahead.error;
    EXPECT_NE(ahead.error.find(error), std::string::npos) << ahead.error;
    EXPECT_EQ(ahead.error, as_it_comes.error);
    EXPECT_TRUE(ahead.events == as_it_comes.events);
  }
}

TEST(xml_reader, passes_on_that_reading_fails) {
  class failing_source : public text_source {
   public:
    explicit failing_source(const std::string& text) : some_(text) {}
    std::size_t read(std::span<char> to) override {
      const std::size_t n = some_.read(to);
      if (n == 0) throw pdata::error("the disk is gone");
      return n;
    }
    bool never_waits() const override { return true; }

   private:
    string_source some_;
  };
  for (const std::size_t size : {std::size_t{0}, std::size_t{100000}, std::size_t{1500000}}) {
    const auto text = long_text(6).text.substr(0, size);
    failing_source source(text);
    EXPECT_EQ(read(source).error, "the disk is gone");
  }
}

}  // namespace
}  // namespace thin_tools
