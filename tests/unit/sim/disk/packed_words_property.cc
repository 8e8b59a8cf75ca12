#include "sim/disk/packed_words.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>

#include "persistent-data/format/block.h"
#include "sim/disk/backing.h"

namespace sim {
namespace {

std::vector<std::byte> bytes_of(const std::vector<std::uint64_t>& words) {
  std::vector<std::byte> bytes;
  for (const auto word : words)
    for (unsigned i = 0; i < 8; ++i) bytes.push_back(static_cast<std::byte>(word >> (8 * i)));
  bytes.resize(bytes.size() / 64 * 64);
  return bytes;
}

std::vector<std::byte> packed_of(const std::vector<std::byte>& bytes) {
  std::vector<std::byte> packed(packed_size_max(bytes.size()));
  packed.resize(pack_words(bytes, packed));
  return packed;
}

// Words of any width, alone or growing slowly.
std::vector<std::uint64_t> any_words() {
  auto words = *rc::gen::container<std::vector<std::uint64_t>>(
      64, rc::gen::map(rc::gen::pair(rc::gen::arbitrary<std::uint64_t>(), rc::gen::inRange(0, 64)),
                       [](const auto& p) { return p.first >> p.second; }));
  if (*rc::gen::arbitrary<bool>())
    for (std::size_t i = 1; i < words.size(); ++i) words[i] += words[i - 1];
  return words;
}

RC_GTEST_PROP(packed_words, unpack_to_what_was_packed, ()) {
  const auto bytes = bytes_of(any_words());
  const auto packed = packed_of(bytes);
  RC_ASSERT(packed.size() <= bytes.size() + bytes.size() / 64);
  std::vector<std::byte> unpacked(bytes.size());
  unpack_words(packed, unpacked);
  RC_ASSERT(unpacked == bytes);
}

TEST(packed_words, of_ascending_keys_are_short) {
  std::vector<std::uint64_t> keys(512);
  for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = 1'000'000 + 7 * i;
  EXPECT_LT(packed_of(bytes_of(keys)).size(), 700U);
}

// So many blocks that the first ones are packed, and some of these written again in part.
TEST(memory_backing, keeps_old_blocks_as_they_were_written) {
  constexpr sector blocks = 6000;
  constexpr sector per_block = pdata::block_sectors;
  memory_backing device(blocks * per_block);
  std::vector<std::byte> plain(blocks * pdata::block_size);
  const auto write = [&](sector first, sector count, std::uint64_t seed) {
    std::vector<std::uint64_t> words(count * sector_bytes / 8);
    for (std::size_t i = 0; i < words.size() - seed % 64; ++i) words[i] = seed * 1000 + i * 3;
    const auto bytes = bytes_of(words);
    ASSERT_TRUE(device.write(first, count, content::copy_of(bytes)).ok());
    std::copy(bytes.begin(), bytes.end(),
              plain.begin() + static_cast<std::ptrdiff_t>(first * sector_bytes));
  };
  for (sector b = 0; b < blocks; b += 2) write(b * per_block, 2 * per_block, b);
  for (sector b = 0; b < blocks; b += 5) write(b * per_block + 3, 2, b + 1);
  for (sector b = 0; b < blocks; b += 7) write(b * per_block, per_block, b + 2);
  std::vector<std::byte> found(plain.size());
  ASSERT_TRUE(device
                  .read(0, blocks * per_block, 0,
                        [&](sector offset, sector count, const content& what) {
                          what.copy_to(std::span(found).subspan(offset * sector_bytes,
                                                                count * sector_bytes));
                        })
                  .ok());
  EXPECT_TRUE(found == plain);
}

}  // namespace
}  // namespace sim
