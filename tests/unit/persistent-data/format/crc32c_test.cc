// The three implementations of CRC-32C agree on known values and on any bytes.
#include "persistent-data/format/crc32c.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstring>
#include <string_view>
#include <vector>

namespace pdata {
namespace {

using bytes = std::vector<std::byte>;

bytes bytes_of(std::string_view text) {
  bytes result(text.size());
  std::memcpy(result.data(), text.data(), text.size());
  return result;
}

void expect_register(std::span<const std::byte> input, std::uint32_t expected) {
  EXPECT_EQ(crc32c(input), expected);
  EXPECT_EQ(own_crc32c(input), expected);
  EXPECT_EQ(table_crc32c(input), expected);
}

// RFC 3720, B.4; the register is the complement of the finished value.
TEST(Crc32c, KnownValues) {
  expect_register(bytes_of("123456789"), ~0xe3069283U);
  expect_register(bytes(32, std::byte{0x00}), ~0x8a9136aaU);
  expect_register(bytes(32, std::byte{0xff}), ~0x62a8ab43U);
  expect_register({}, 0xffffffffU);
}

// The payload of a block of zeroes (format reference: register without complement).
TEST(Crc32c, BlockOfZeroes) { expect_register(bytes(4092, std::byte{0}), 0x58cda791U); }

RC_GTEST_PROP(Crc32c, AllImplementationsAgree, (const std::vector<std::uint8_t>& contents)) {
  const auto input = std::as_bytes(std::span(contents));
  RC_ASSERT(own_crc32c(input) == crc32c(input));
  RC_ASSERT(table_crc32c(input) == crc32c(input));
}

}  // namespace
}  // namespace pdata
