#include "persistent-data/survey/recognise.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "persistent-data/format/checksum.h"
#include "persistent-data/format/superblock.h"

namespace pdata {
namespace {

using namespace std::string_literals;

struct sample {
  std::size_t offset;
  std::string bytes;
  input_kind kind;
};

recognised with(std::size_t offset, const std::string& bytes) {
  std::vector<std::byte> input(recognised_bytes, std::byte{0x91});
  std::memcpy(input.data() + offset, bytes.data(), bytes.size());
  return recognise(input);
}

recognised text(const std::string& bytes) {
  return recognise(std::as_bytes(std::span(bytes.data(), bytes.size())));
}

TEST(recognise, tells_what_has_a_magic_number) {
  const sample samples[] = {
      {0, "\x1f\x8b\x08", input_kind::compressed},
      {0, "\xfd\x37zXZ\0"s, input_kind::compressed},
      {0, "\x28\xb5\x2f\xfd", input_kind::compressed},
      {0, "LUKS\xba\xbe", input_kind::foreign},
      {512, "LABELONE", input_kind::foreign},
      {1080, "\x53\xef", input_kind::foreign},
      {0, "XFSB", input_kind::foreign},
      {65600, "_BHRfS_M", input_kind::foreign},
      {510, "\x55\xaa", input_kind::foreign},
      {512, "EFI PART", input_kind::foreign},
      {0, "\x77\xef\x09\x63\xaa\xa0\x37\xa5", input_kind::pack_file},
  };
  for (const auto& one : samples)
    EXPECT_EQ(with(one.offset, one.bytes).kind, one.kind) << one.bytes;
  EXPECT_EQ(with(0, "").kind, input_kind::unknown);
}

TEST(recognise, takes_metadata_for_that_whatever_its_checksum_looks_like) {
  block_buffer block;
  superblock fields;
  fields.store(block.span());
  for (const std::string looks :
       {"<?xm", "<sup", "{\"a\"", "\x1f\x8b\x08\x01", "BZh9", "PK\x03\x04"}) {
    std::memcpy(block.bytes.data(), looks.data(), 4);
    EXPECT_EQ(recognise(block.bytes).kind, input_kind::thin_metadata) << looks;
  }
  block = block_buffer();
  fields.magic = 1;
  fields.store(block.span());
  seal(block.span(), block_kind::superblock, superblock_location);
  EXPECT_EQ(recognise(block.bytes).kind, input_kind::thin_metadata) << "magic number lost";
}

TEST(recognise, looks_for_text_where_all_is_text) {
  EXPECT_EQ(text("<superblock uuid=\"\">").kind, input_kind::xml);
  EXPECT_EQ(text("\xef\xbb\xbf \n<?xml version='1.0'?>").kind, input_kind::xml);
  EXPECT_EQ(text("\xff\xfe<\0s\0"s).kind, input_kind::xml);
  EXPECT_EQ(text("  {\"superblock\": 1}").kind, input_kind::json);
  EXPECT_EQ(text("hello").kind, input_kind::text);
  EXPECT_EQ(text("gr\xc3\xbc\xc3\x9f").kind, input_kind::text) << "cut off or not";
  EXPECT_EQ(text("gr\xc3").kind, input_kind::text);
  EXPECT_EQ(text("gr\xfc\xdf").kind, input_kind::unknown);
  EXPECT_EQ(text("<?xml encoding='ISO-8859-1'?><!-- gr\xfc\xdf -->").kind, input_kind::xml);
  EXPECT_EQ(text("<superblock/>\n\0\0\0"s).kind, input_kind::xml);
  EXPECT_EQ(text("<superblock\0\0\0"s).kind, input_kind::unknown);
  EXPECT_EQ(text("").kind, input_kind::unknown);
  EXPECT_EQ(text(std::string(8192, '\0')).kind, input_kind::zeroes);
}

TEST(recognise, says_what_helps) {
  EXPECT_EQ(advice_on(with(0, "\x1f\x8b\x08")),
            "it looks like gzip data: this is compressed, decompress it first");
  EXPECT_EQ(advice_on(with(0, "")), "");
}

}  // namespace
}  // namespace pdata
