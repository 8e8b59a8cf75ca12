#include "thin-tools/text/xml_reader.h"

#include <gtest/gtest.h>

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

outcome read(const std::string& xml) {
  outcome found;
  test_support::stream_text events;
  pdata::stream_position position;
  pdata::stream_validator validator(events);
  string_source source(xml);
  try {
    read_xml(source, validator, position, [&](const std::string& text) { found.warnings += text; });
    validator.expect_complete();
  } catch (const pdata::error& e) {
    found.error = e.what();
  }
  found.events = events.text;
  return found;
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

}  // namespace
}  // namespace thin_tools
