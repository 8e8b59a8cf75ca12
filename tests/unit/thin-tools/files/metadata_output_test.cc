// New metadata is what was rehearsed, or it is not left there.
#include "thin-tools/files/metadata_output.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "persistent-data/base/error.h"
#include "thin-tools/files/output_device.h"

namespace thin_tools {
namespace {

namespace fs = std::filesystem;

class metadata_output_test : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "metadata_output.XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    std::ofstream(path()) << "as it was";
    fs::resize_file(path(), 1 << 20);
  }
  void TearDown() override { fs::remove_all(directory_); }

  std::string path() const { return (directory_ / "output").string(); }
  std::string contents() const {
    std::ifstream in(path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  // One device of a run of so many blocks that begins at a data block.
  static void fill(pdata::stream_spool& pool, pdata::data_block begin, std::uint64_t length) {
    pdata::stream_superblock superblock;
    superblock.data_block_size = 128;
    superblock.nr_data_blocks = 10000;
    pool.begin_superblock(superblock);
    pdata::device_details details;
    details.mapped_blocks = length;
    pool.begin_device(7, details);
    pool.run({0, begin, length, 0});
    pool.end_device();
    pool.end_superblock();
  }

  fs::path directory_;
};

TEST_F(metadata_output_test, is_built_as_it_was_rehearsed) {
  pdata::stream_spool pool;
  fill(pool, 3, 2000);
  new_metadata output(admit(output_device_request(path())));
  const auto plan = plan_pool(pool, output.device(), sharing::found);
  EXPECT_EQ(plan.contents.devices, 1U);
  EXPECT_EQ(plan.contents.mappings, 2000U);
  EXPECT_FALSE(write_pool(pool, output, plan));
}

TEST_F(metadata_output_test, is_not_left_where_other_mappings_come_the_second_time) {
  const auto before = contents();
  pdata::stream_spool first;
  fill(first, 3, 2000);
  pdata::stream_spool second;
  fill(second, 4, 2000);
  new_metadata output(admit(output_device_request(path())));
  const auto plan = plan_pool(first, output.device(), sharing::found);
  EXPECT_THROW(static_cast<void>(write_pool(second, output, plan)), pdata::error);
  EXPECT_EQ(contents(), before);
}

TEST_F(metadata_output_test, is_not_left_where_it_takes_other_room_than_rehearsed) {
  const auto before = contents();
  pdata::stream_spool pool;
  fill(pool, 3, 2000);
  new_metadata output(admit(output_device_request(path())));
  auto plan = plan_pool(pool, output.device(), sharing::found);
  ++plan.blocks_needed;
  EXPECT_THROW(static_cast<void>(write_pool(pool, output, plan)), pdata::error);
  EXPECT_EQ(contents(), before);
}

}  // namespace
}  // namespace thin_tools
