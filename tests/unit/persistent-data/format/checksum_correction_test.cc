#include "persistent-data/format/checksum_correction.h"

#include <gtest/gtest.h>

#include <random>

#include "persistent-data/format/superblock.h"
#include "tests/unit/support/kernel_images.h"

namespace {

using namespace pdata;
using namespace test_support;

std::vector<metadata_block> sealed_blocks(const memory_device& image) {
  std::vector<metadata_block> found;
  for (metadata_block b = 0; b < image.nr_blocks(); ++b)
    if (identify(image.at(b).view()) && stored_location(image.at(b).view()) == b)
      found.push_back(b);
  return found;
}

TEST(checksum_correction, structures_of_the_kernel_are_sound_and_need_none) {
  for (const auto& name : kernel_image_names()) {
    const auto image = load_kernel_image(name);
    for (const auto b : sealed_blocks(image)) {
      const auto block = image.at(b).view();
      EXPECT_TRUE(sound_structure(block, *identify(block), image.nr_blocks())) << name << ' ' << b;
      EXPECT_FALSE(find_correction(block, b, image.nr_blocks())) << name << ' ' << b;
    }
  }
}

// Superblock, index, bitmap, internal nodes and leaves: any one of their 32,768 bits.
TEST(checksum_correction, finds_any_flipped_bit) {
  const auto image = load_kernel_image("mixed-0");
  std::mt19937 random(1);
  for (const auto b : sealed_blocks(image)) {
    for (int turn = 0; turn < 20; ++turn) {
      auto block = image.at(b);
      const auto bit = random() % (block_size * 8);
      block.bytes[bit / 8] ^= std::byte(1 << bit % 8);
      const auto found = find_correction(block.view(), b, image.nr_blocks());
      ASSERT_TRUE(found) << b << ' ' << bit;
      EXPECT_EQ(found->kind, correction_kind::bit);
      apply(*found, block.span());
      EXPECT_EQ(block.bytes, image.at(b).bytes) << b << ' ' << bit;
    }
  }
}

TEST(checksum_correction, finds_every_bit_of_a_block) {
  const auto image = load_kernel_image("mixed-0");
  for (const metadata_block b : {metadata_block{0}, sealed_blocks(image).back()})
    for (std::size_t bit = 0; bit < block_size * 8; bit += b == 0 ? 1 : 7) {
      auto block = image.at(b);
      block.bytes[bit / 8] ^= std::byte(1 << bit % 8);
      const auto found = find_correction(block.view(), b, image.nr_blocks());
      ASSERT_TRUE(found) << b << ' ' << bit;
      EXPECT_EQ(found->offset, bit / 8);
      EXPECT_EQ(found->flipped, 1 << bit % 8);
    }
}

// Another byte of the block may have the same signature: then nothing is changed.
TEST(checksum_correction, finds_a_damaged_byte_or_says_nothing) {
  const auto image = load_kernel_image("mixed-0");
  std::mt19937 random(2);
  int nr_found = 0;
  int nr_tried = 0;
  for (const auto b : sealed_blocks(image))
    for (int turn = 0; turn < 5; ++turn) {
      auto block = image.at(b);
      block.bytes[random() % block_size] ^= std::byte(1 + random() % 255);
      ++nr_tried;
      const auto found = find_correction(block.view(), b, image.nr_blocks());
      if (!found) continue;
      ++nr_found;
      apply(*found, block.span());
      EXPECT_EQ(block.bytes, image.at(b).bytes) << b;
    }
  EXPECT_GT(nr_found, nr_tried * 99 / 100);
}

TEST(checksum_correction, makes_nothing_of_worse_damage) {
  const auto image = load_kernel_image("mixed-0");
  std::mt19937 random(3);
  for (const auto b : sealed_blocks(image)) {
    auto block = image.at(b);
    // What nothing uses of a superblock is known to be zeroes.
    if (identify(block.view()) == block_kind::superblock) continue;
    for (std::size_t i = 1024; i < 1536; ++i) block.bytes[i] = std::byte(random());
    EXPECT_FALSE(find_correction(block.view(), b, image.nr_blocks())) << b;
    block = image.at(b);
    EXPECT_FALSE(find_correction(block.view(), b ^ 0x101, image.nr_blocks())) << b;
  }
}

TEST(checksum_correction, clears_what_was_put_behind_the_superblock) {
  const auto image = load_kernel_image("mixed-0");
  auto block = image.at(superblock_location);
  for (std::size_t i = 0; i < 16; ++i)
    block.bytes[512 + i] = std::byte("LABELONE\1\0\0\0\0\0\0"[i]);
  const auto found = find_correction(block.view(), superblock_location, image.nr_blocks());
  ASSERT_TRUE(found);
  EXPECT_EQ(describe(*found), "bytes from 512 on that nothing uses");
  apply(*found, block.span());
  EXPECT_EQ(block.bytes, image.at(superblock_location).bytes);
}

}  // namespace
