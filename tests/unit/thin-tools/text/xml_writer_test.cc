#include "thin-tools/text/xml_writer.h"

#include <gtest/gtest.h>

namespace thin_tools {
namespace {

TEST(xml_writer, writes_what_thin_dump_0_9_0_writes) {
  string_sink text;
  xml_writer xml(text);
  xml.begin_superblock({"", 2, 5, 0, 2, 128, 1000});
  xml.begin_device(1, {8, 0, 0, 1});
  xml.run({0, 10, 5, 0});
  xml.run({7, 30, 1, 1});
  xml.end_device();
  xml.begin_device(4294967295, {0, 18446744073709551615U, 3, 4});
  xml.end_device();
  xml.end_superblock();
  EXPECT_EQ(text.text(), R"(<superblock uuid="" time="2" transaction="5" flags="0" version="2" )"
                         R"(data_block_size="128" nr_data_blocks="1000">
  <device dev_id="1" mapped_blocks="8" transaction="0" creation_time="0" snap_time="1">
    <range_mapping origin_begin="0" data_begin="10" length="5" time="0"/>
    <single_mapping origin_block="7" data_block="30" time="1"/>
  </device>
  <device dev_id="4294967295" mapped_blocks="0" transaction="18446744073709551615" )"
                         R"(creation_time="3" snap_time="4">
  </device>
</superblock>
)");
}

TEST(xml_writer, writes_defs_before_devices_and_refs_inside) {
  string_sink text;
  xml_writer xml(text);
  xml.begin_def("1");
  xml.run({0, 7, 1, 0});
  xml.end_def();
  xml.ref("1");
  xml.flush();
  EXPECT_EQ(text.text(), R"(  <def name="1">
    <single_mapping origin_block="0" data_block="7" time="0"/>
  </def>
    <ref name="1"/>
)");
}

TEST(xml_writer, escapes_names_that_are_not_ours) {
  EXPECT_EQ(xml_escaped("a<b>&\"c\"\n"), "a&lt;b&gt;&amp;&quot;c&quot;&#10;");
}

}  // namespace
}  // namespace thin_tools
