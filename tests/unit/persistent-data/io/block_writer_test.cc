#include "persistent-data/io/block_writer.h"

#include <gtest/gtest.h>

#include "persistent-data/base/all_zero.h"
#include "persistent-data/io/memory_device.h"
#include "persistent-data/io/validate.h"

namespace pdata {
namespace {

TEST(block_writer, seals_every_block_with_its_kind_and_place) {
  constexpr metadata_block first = 5;
  constexpr metadata_block count = 1000;  // several batches
  memory_device device(first + count);
  block_writer out(&device, first, first + count);
  for (std::uint64_t i = 0; i < count; ++i) {
    EXPECT_EQ(out.next(), first + i);
    const auto kind = i % 3 == 0 ? block_kind::bitmap : block_kind::btree_node;
    out.append(kind)[100] = static_cast<std::byte>(i);
  }
  out.finish();
  EXPECT_TRUE(all_zero(device.at(first - 1).view()));
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto kind = i % 3 == 0 ? block_kind::bitmap : block_kind::btree_node;
    const auto block = device.at(first + i).view();
    EXPECT_FALSE(validate(block, kind, first + i));
    EXPECT_EQ(block[100], static_cast<std::byte>(i));
  }
}

TEST(block_writer, ends_where_the_device_ends) {
  memory_device device(10);
  block_writer out(&device, 1, 3);
  EXPECT_THROW(out.expect_room(3), out_of_space);
  out.append(block_kind::bitmap);
  out.append(block_kind::bitmap);
  EXPECT_THROW(out.append(block_kind::bitmap), out_of_space);
}

TEST(block_writer, only_counts_without_a_device) {
  block_writer out(nullptr, 1, 1000000);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(out.append(block_kind::bitmap)[0], std::byte{0});
  out.finish();
  EXPECT_EQ(out.next(), 1001U);
}

// Fails all writes.
class broken_device : public memory_device {
 public:
  using memory_device::memory_device;
  status write(metadata_block, std::span<const std::byte>) override { return status(EIO); }
};

TEST(block_writer, tells_of_failures_at_the_latest_when_finishing) {
  broken_device device(10);
  block_writer out(&device, 1, 10);
  out.append(block_kind::bitmap);
  try {
    out.finish();
    ADD_FAILURE();
  } catch (const error& e) {
    EXPECT_STREQ(e.what(), "Couldn't write block 1: Input/output error");
  }
}

}  // namespace
}  // namespace pdata
