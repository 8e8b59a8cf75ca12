#include "thin-tools/repair/input/repair_input.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

#include "persistent-data/base/all_zero.h"
#include "persistent-data/base/error.h"
#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/checksum.h"
#include "persistent-data/format/node_editor.h"
#include "persistent-data/io/batch_reader.h"
#include "tests/unit/support/kernel_images.h"

namespace {

using namespace pdata;
using namespace test_support;
using thin_tools::repair_input;

std::vector<metadata_block> sealed_blocks(const memory_device& image) {
  std::vector<metadata_block> found;
  for (metadata_block b = 0; b < image.nr_blocks(); ++b)
    if (identify(image.at(b).view()) && stored_location(image.at(b).view()) == b)
      found.push_back(b);
  return found;
}

// All of a device, as several workers read it.
memory_device read_all(block_device& device) {
  memory_device copy(device.nr_blocks());
  std::vector<metadata_block> all(device.nr_blocks());
  std::iota(all.begin(), all.end(), metadata_block{0});
  batch_reader(device).read(all, [&](const read_block& block) {
    if (block.outcome.ok())
      std::memcpy(copy.at(block.location).span().data(), block.bytes.data(), block_size);
  });
  return copy;
}

TEST(repair_input, undoes_a_flipped_bit_in_every_block) {
  const auto image = load_kernel_image("mixed-1");
  auto damaged = image;
  std::mt19937 random(5);
  const auto sealed = sealed_blocks(image);
  for (const auto b : sealed) {
    const auto bit = random() % (block_size * 8);
    damaged.at(b).bytes[bit / 8] ^= std::byte(1 << bit % 8);
  }
  repair_input input(damaged, "disk");
  const auto read = read_all(input.device());
  for (const auto b : sealed) EXPECT_EQ(read.at(b).bytes, image.at(b).bytes) << b;
  EXPECT_EQ(input.notes().front(),
            std::to_string(sealed.size()) +
                " block(s) were put right: exactly one change makes each what must stand there.");
}

TEST(repair_input, puts_back_what_was_written_to_a_wrong_place) {
  const auto image = load_kernel_image("mixed-1");
  const auto sealed = sealed_blocks(image);
  auto damaged = image;
  const auto first = sealed[sealed.size() / 2];
  const auto second = sealed[sealed.size() / 3];
  std::swap(damaged.at(first), damaged.at(second));
  const auto lost = sealed[sealed.size() / 4];
  damaged.at(image.nr_blocks() - 1) = damaged.at(lost);
  damaged.at(lost) = {};
  repair_input input(damaged, "disk");
  input.device().look_everywhere();
  const auto read = read_all(input.device());
  for (const auto b : {first, second, lost}) EXPECT_EQ(read.at(b).bytes, image.at(b).bytes) << b;
}

// What was never written is read in passing, and that is no reason to read all of a device.
TEST(repair_input, looks_for_no_other_place_of_zeroes_unless_it_is_told_to) {
  auto image = load_kernel_image("mixed-1");
  const auto sealed = sealed_blocks(image);
  const auto moved = sealed[sealed.size() / 2];
  const auto expected = image.at(moved);
  image.at(image.nr_blocks() - 1) = expected;
  image.at(moved) = {};
  repair_input input(image, "disk");
  block_buffer block;
  ASSERT_TRUE(input.device().read(moved, block.span()).ok());
  EXPECT_TRUE(all_zero(block.view()));
  input.device().look_everywhere();
  ASSERT_TRUE(input.device().read(moved, block.span()).ok());
  EXPECT_EQ(block.bytes, expected.bytes);
}

// A node whose last sectors were not written, and the older one that it is a copy of.
TEST(repair_input, puts_a_torn_block_together) {
  auto image = load_kernel_image("mixed-1");
  const auto is_leaf_with_values_at_the_end = [&](metadata_block b) {
    const auto outcome = node_view::parse(image.at(b).view());
    const auto* node = std::get_if<node_view>(&outcome);
    return identify(image.at(b).view()) == block_kind::btree_node && node != nullptr &&
           node->is_leaf() && node->value_size() == 8 && node->nr_entries() > 200;
  };
  auto sealed = sealed_blocks(image);
  const auto old = *std::ranges::find_if(sealed, is_leaf_with_values_at_the_end);
  const auto now = image.nr_blocks() - 1;
  image.at(now) = image.at(old);
  node_editor(image.at(now).span()).set_value_u64(0, 77 << 24);
  seal(image.at(now).span(), block_kind::btree_node, now);
  auto damaged = image;
  std::memset(damaged.at(now).span().data() + 3584, 0x5a, 512);
  std::memset(damaged.at(now).span().data() + 3072, 0x5b, 512);
  repair_input input(damaged, "disk");
  const auto read = read_all(input.device());
  EXPECT_EQ(read.at(now).bytes, image.at(now).bytes);
  EXPECT_EQ(input.notes().back(), "Block " + std::to_string(now) +
                                      ": 2 of its 8 sectors taken from an older copy, block " +
                                      std::to_string(old) + ".");
}

// A whole pool that lies there at another place is no write that went astray.
TEST(repair_input, leaves_another_pool_alone) {
  const auto image = load_kernel_image("mixed-1");
  memory_device device(image.nr_blocks() + 5);
  for (metadata_block b = 0; b < image.nr_blocks(); ++b) device.at(b + 5) = image.at(b);
  device.at(0) = image.at(0);
  repair_input input(device, "disk");
  const auto read = read_all(input.device());
  for (metadata_block b = 1; b < device.nr_blocks(); ++b)
    EXPECT_EQ(read.at(b).bytes, device.at(b).bytes) << b;
}

TEST(repair_input, begins_where_the_metadata_begins) {
  const auto image = load_kernel_image("mixed-1");
  memory_device device(image.nr_blocks() + 1);
  std::memcpy(reinterpret_cast<std::byte*>(&device.at(0)) + 1024, &image.at(0),
              image.nr_blocks() * block_size);
  repair_input input(device, "disk");
  const auto read = read_all(input.device());
  ASSERT_EQ(read.nr_blocks(), image.nr_blocks());
  for (metadata_block b = 0; b < image.nr_blocks(); ++b)
    EXPECT_EQ(read.at(b).bytes, image.at(b).bytes) << b;
  EXPECT_EQ(input.notes().front(), "The metadata begins 1024 bytes (2 sectors) into the device.");
}

TEST(repair_input, ends_where_the_device_changes) {
  auto image = load_kernel_image("mixed-1");
  repair_input input(image, "disk");
  read_all(input.device());
  image.at(sealed_blocks(image).back()).bytes[3000] ^= std::byte{9};
  EXPECT_THROW(read_all(input.device()), error);
}

}  // namespace
