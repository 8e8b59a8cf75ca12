#include "persistent-data/io/file_device.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "persistent-data/base/error.h"

namespace pdata {
namespace {

class file_device_on : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("file_device_" + std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& name, std::size_t bytes) const {
    std::ofstream(folder_ / name) << std::string(bytes, 'x');
    return folder_ / name;
  }
  std::string path(const std::string& name) const { return folder_ / name; }

  static file_device opened(const std::string& path, int flags) {
    return file_device(path, std::move(*file_handle::open(path, flags)));
  }

 private:
  std::filesystem::path folder_;
};

TEST_F(file_device_on, a_file_of_odd_size_has_whole_blocks_only) {
  auto device = opened(file("odd", 3 * block_size + 100), O_RDONLY);
  EXPECT_EQ(device.nr_blocks(), 3);
  EXPECT_EQ(device.size_bytes(), 3 * block_size + 100);
  block_buffer block;
  EXPECT_TRUE(device.read(2, block.span()).ok());
  EXPECT_EQ(block.bytes[0], std::byte{'x'});
  EXPECT_EQ(device.read(3, block.span()), status(EIO));
  EXPECT_EQ(device.read(1000, block.span()), status(EIO));
  EXPECT_EQ(device.read(UINT64_MAX, block.span()), status(EIO));
}

TEST_F(file_device_on, what_is_written_is_read_back) {
  auto device = opened(file("f", 4 * block_size), O_RDWR);
  block_buffer block;
  block.bytes.fill(std::byte{7});
  EXPECT_TRUE(device.write(1, block.span()).ok());
  EXPECT_TRUE(device.flush().ok());
  block_buffer back;
  EXPECT_TRUE(device.read(1, back.span()).ok());
  EXPECT_EQ(back.bytes, block.bytes);
  EXPECT_EQ(device.nr_blocks(), 4);
}

TEST_F(file_device_on, what_is_no_file_is_refused_by_name) {
  for (const std::string& name : {path(""), std::string("/dev/null")}) {
    try {
      const auto device = opened(name, O_RDONLY);
      FAIL() << name;
    } catch (const error& e) {
      EXPECT_EQ(e.what(), "Not a block device or regular file '" + name + "'.");
    }
  }
}

}  // namespace
}  // namespace pdata
