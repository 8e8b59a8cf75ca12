// Which files a server of volumes takes for a pool.
#include "thin-tools/nbd/volume_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "persistent-data/base/error.h"
#include "tests/unit/support/kernel_images.h"

namespace thin_tools {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class served_files : public testing::Test {
 protected:
  served_files() {
    fs::create_directory(folder_);
    auto image = test_support::load_kernel_image("snapshots");
    std::vector<std::byte> bytes(image.nr_blocks() * pdata::block_size);
    EXPECT_TRUE(image.read(0, bytes).ok());
    std::ofstream(metadata_, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    fs::resize_file(metadata_, std::uint64_t{2} << 30);  // large enough to be the data
    std::ofstream(data_).close();
    fs::resize_file(data_, std::uint64_t{2} << 30);
    fs::create_symlink(data_, link_);
    fs::create_hard_link(metadata_, hard_link_);
  }
  ~served_files() override { fs::remove_all(folder_); }

  // What is wrong; empty if it is served.
  std::string refusal(const std::string& data, const std::string& origin) {
    server_settings settings;
    settings.pool.metadata = metadata_;
    settings.data = data;
    export_request wanted;
    wanted.device = 1;
    if (!origin.empty()) wanted.origin = origin;
    settings.exports = {wanted};
    try {
      const volume_server served(settings, [](const std::string&) {});
    } catch (const pdata::error& e) {
      return e.what();
    }
    return "";
  }

  const fs::path folder_ =
      fs::temp_directory_path() / ("volume-server-" + std::to_string(::getpid()));
  const std::string metadata_ = folder_ / "metadata";
  const std::string data_ = folder_ / "data";
  const std::string link_ = folder_ / "link";
  const std::string hard_link_ = folder_ / "hard-link";
};

TEST_F(served_files, are_different_ones) {
  EXPECT_EQ(refusal(data_, ""), "");
  EXPECT_THAT(refusal(metadata_, ""), HasSubstr("are on the same bytes"));
  EXPECT_THAT(refusal(hard_link_, ""), HasSubstr("are on the same bytes"));
  EXPECT_THAT(refusal(data_, link_), HasSubstr("are on the same bytes"));
  EXPECT_THAT(refusal(data_, hard_link_), HasSubstr("are on the same bytes"));
}

}  // namespace
}  // namespace thin_tools
