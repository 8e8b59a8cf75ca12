#include "persistent-data/survey/metadata_offset.h"

#include <gtest/gtest.h>

#include <cstring>

#include "persistent-data/base/checked_math.h"
#include "tests/unit/support/kernel_images.h"

namespace {

using namespace pdata;
using namespace test_support;

// The image behind `offset` bytes of something else.
memory_device moved(const memory_device& image, std::uint64_t offset) {
  memory_device device(image.nr_blocks() + offset / block_size + 1);
  auto* bytes = reinterpret_cast<std::byte*>(&device.at(0));
  std::memcpy(bytes + offset, &image.at(0), to_size(image.nr_blocks() * block_size));
  return device;
}

TEST(metadata_offset, is_found_by_the_superblock_and_without_it) {
  for (const auto* name : {"mixed-0", "fresh"}) {
    auto image = load_kernel_image(name);
    EXPECT_EQ(find_metadata_offset(image), std::nullopt) << name;
    for (const std::uint64_t offset : {512, 1024, 2048, 4096, 4608, 65536, 1 << 20}) {
      auto device = moved(image, offset);
      EXPECT_EQ(find_metadata_offset(device), offset) << name;
      auto without = image;
      without.at(0) = {};
      device = moved(without, offset);
      EXPECT_EQ(find_metadata_offset(device), offset) << name;
    }
  }
}

TEST(metadata_offset, is_none_where_metadata_begins_at_the_beginning) {
  for (const auto& name : kernel_image_names()) {
    auto image = load_kernel_image(name);
    image.at(0) = {};
    EXPECT_EQ(find_metadata_offset(image), std::nullopt) << name;
  }
  memory_device nothing(100);
  EXPECT_EQ(find_metadata_offset(nothing), std::nullopt);
}

}  // namespace
