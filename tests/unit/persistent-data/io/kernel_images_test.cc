// Every block of every kernel-made image is what its checksum says.
#include "tests/unit/support/kernel_images.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "persistent-data/base/all_zero.h"
#include "persistent-data/format/checksum.h"
#include "persistent-data/format/superblock.h"
#include "persistent-data/io/validate.h"

namespace {

using namespace pdata;
using test_support::kernel_image_names;
using test_support::load_kernel_image;

TEST(kernel_images, are_there) {
  EXPECT_THAT(kernel_image_names(),
              testing::IsSupersetOf({"fresh", "mixed-0", "metadata-snapshot"}));
}

TEST(kernel_images, have_the_size_of_the_metadata_device) {
  for (const auto& name : kernel_image_names())
    EXPECT_EQ(load_kernel_image(name).nr_blocks(), 2048u) << name;
}

TEST(kernel_images, hold_blocks_that_are_zero_or_sealed) {
  for (const auto& name : kernel_image_names()) {
    const memory_device image = load_kernel_image(name);
    EXPECT_EQ(identify(image.at(superblock_location).view()), block_kind::superblock) << name;
    for (metadata_block b = 0; b < image.nr_blocks(); ++b) {
      const auto view = image.at(b).view();
      if (all_zero(view)) continue;
      const auto kind = identify(view);
      ASSERT_TRUE(kind.has_value()) << name << ", block " << b;
      EXPECT_FALSE(validate(view, *kind, b).has_value()) << name << ", block " << b;
    }
  }
}

TEST(kernel_images, missing_one_is_named) {
  EXPECT_THROW(load_kernel_image("hedgehog"), std::runtime_error);
}

}  // namespace
