// What this processor computes fastest is what every processor computes.
#define XXH_INLINE_ALL
#include "thin-tools/files/xxh3_code.h"

#include <gtest/gtest.h>
#include <xxhash.h>

#include <array>
#include <vector>

namespace thin_tools {
namespace {

using canonical = std::array<std::uint8_t, 16>;

canonical whole(const xxh3_code& code, std::span<const std::byte> bytes) {
  canonical value;
  code.digest(bytes.data(), bytes.size(), value.data());
  return value;
}

canonical in_parts(const xxh3_code& code, std::span<const std::byte> bytes, std::size_t cut) {
  XXH3_state_t state;
  XXH3_128bits_reset(&state);
  for (const auto part : {bytes.first(cut), bytes.subspan(cut)})
    code.update(&state, part.data(), part.size());
  XXH128_canonical_t form;
  XXH128_canonicalFromHash(&form, XXH3_128bits_digest(&state));
  return std::to_array(form.digest);
}

TEST(xxh3_code, all_sets_of_instructions_agree) {
  std::vector<std::byte> bytes(5000);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * i >> 3);
  for (std::size_t size = 0; size < bytes.size(); size += size < 600 ? 1 : 97) {
    const auto part = std::span<const std::byte>(bytes).first(size);
    const auto expected = whole(xxh3_baseline, part);
    EXPECT_EQ(whole(xxh3(), part), expected) << size;
    for (const auto* code : {&xxh3_baseline, &xxh3()})
      EXPECT_EQ(in_parts(*code, part, size / 3), expected) << size;
  }
}

}  // namespace
}  // namespace thin_tools
