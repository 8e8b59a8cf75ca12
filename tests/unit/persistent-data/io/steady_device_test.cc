#include "persistent-data/io/steady_device.h"

#include <gtest/gtest.h>

#include "persistent-data/base/error.h"
#include "persistent-data/io/memory_device.h"
#include "persistent-data/io/shifted_device.h"
#include "tests/unit/support/bad_block_device.h"

namespace {

using namespace pdata;

TEST(steady_device, reads_what_it_read) {
  memory_device disk(8);
  disk.at(3).bytes[7] = std::byte{1};
  steady_device device(disk, "disk");
  const auto blocks = std::make_unique<block_buffer[]>(8);
  auto* const bytes = reinterpret_cast<std::byte*>(blocks.get());
  for (int turn = 0; turn < 2; ++turn) {
    ASSERT_TRUE(device.read(0, {bytes, 8 * block_size}).ok());
    EXPECT_EQ(blocks[3].bytes, disk.at(3).bytes);
  }
  EXPECT_FALSE(device.read(4, {bytes, 5 * block_size}).ok());
}

TEST(steady_device, ends_where_a_block_changed) {
  memory_device disk(8);
  steady_device device(disk, "disk");
  block_buffer block;
  ASSERT_TRUE(device.read(3, block.span()).ok());
  ASSERT_TRUE(device.read(4, block.span()).ok());
  disk.at(3).bytes[100] = std::byte{1};
  ASSERT_TRUE(device.read(4, block.span()).ok());
  try {
    static_cast<void>(device.read(3, block.span()));
    FAIL();
  } catch (const error& e) {
    EXPECT_STREQ(e.what(),
                 "'disk': block 3 changed between two reads: is the pool in use, or the disk "
                 "failing?");
  }
}

// A disk that sometimes reads a block.
struct moody_device : block_device {
  memory_device disk{8};
  bool fails = false;

  metadata_block nr_blocks() const override { return disk.nr_blocks(); }
  status read(metadata_block first, std::span<std::byte> to) override {
    return fails ? status(EIO) : disk.read(first, to);
  }
  status write(metadata_block, std::span<const std::byte>) override { return status(EIO); }
  status flush() override { return success; }
};

TEST(steady_device, keeps_unreadable_what_was_unreadable) {
  moody_device disk;
  disk.fails = true;
  steady_device device(disk, "disk");
  block_buffer block;
  EXPECT_FALSE(device.read(3, block.span()).ok());
  disk.fails = false;
  EXPECT_FALSE(device.read(3, block.span()).ok());
  EXPECT_TRUE(device.read(4, block.span()).ok());
  disk.fails = true;
  EXPECT_THROW(static_cast<void>(device.read(4, block.span())), error);
}

TEST(shifted_device, begins_later) {
  memory_device disk(8);
  for (metadata_block b = 0; b < 8; ++b)
    for (std::size_t i = 0; i < block_size; ++i) disk.at(b).bytes[i] = std::byte(b * 31 + i / 512);
  for (const std::uint64_t offset : {512ULL, 4096ULL, 4608ULL}) {
    shifted_device device(disk, offset);
    ASSERT_EQ(device.nr_blocks(), 8 - (offset + block_size - 1) / block_size);
    const auto blocks = std::make_unique<block_buffer[]>(2);
    auto* const bytes = reinterpret_cast<std::byte*>(blocks.get());
    ASSERT_TRUE(device.read(3, {bytes, 2 * block_size}).ok());
    for (std::size_t i = 0; i < 2 * block_size; i += 512) {
      const auto at = offset + 3 * block_size + i;
      EXPECT_EQ(bytes[i], disk.at(at / block_size).bytes[at % block_size]) << offset << ' ' << i;
    }
    EXPECT_FALSE(device.read(device.nr_blocks(), blocks[0].span()).ok());
  }
}

}  // namespace
