#include "thin-tools/repair/scan/small_trees.h"

#include <gtest/gtest.h>

#include <atomic>

#include "tests/unit/support/commit_history.h"
#include "thin-tools/repair/history/root_choice.h"

namespace thin_tools {
namespace {

class counted_device : public pdata::block_device {
 public:
  explicit counted_device(pdata::memory_device& of) : device_(of) {}

  pdata::metadata_block nr_blocks() const override { return device_.nr_blocks(); }
  pdata::status read(pdata::metadata_block first, std::span<std::byte> to) override {
    ++nr_reads;
    return device_.read(first, to);
  }
  pdata::status write(pdata::metadata_block first, std::span<const std::byte> from) override {
    return device_.write(first, from);
  }
  pdata::status flush() override { return pdata::success; }

  std::atomic<std::size_t> nr_reads = 0;

 private:
  pdata::memory_device& device_;
};

TEST(small_trees, are_read_once) {
  test_support::commit_history pool;
  pool.create_thin(7);
  pool.write(7, 0, 3);
  pool.commit();
  counted_device device(pool.image());
  pdata::batch_reader reader(device, 1);
  const auto says = *read_superblock(reader, 0, device.nr_blocks());
  small_tree_memo trees(reader, device.nr_blocks());

  EXPECT_TRUE(trees.top_level_at(says.mapping_root)->roots.contains(7));
  EXPECT_EQ(trees.details_at(says.details_root)->devices.at(7).mapped_blocks, 3u);
  const std::size_t nr_reads = device.nr_reads;
  EXPECT_TRUE(trees.top_level_at(says.mapping_root)->roots.contains(7));
  EXPECT_EQ(trees.details_at(says.details_root)->devices.at(7).mapped_blocks, 3u);
  EXPECT_EQ(device.nr_reads, nr_reads);
}

}  // namespace
}  // namespace thin_tools
