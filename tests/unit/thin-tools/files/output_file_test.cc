#include "thin-tools/files/output_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "persistent-data/base/error.h"

namespace thin_tools {
namespace {

namespace fs = std::filesystem;

class output_file_test : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "output_file.XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }
  void TearDown() override { fs::remove_all(directory_); }

  static std::string contents(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::size_t nr_files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(directory_), fs::directory_iterator()));
  }

  fs::path directory_;
};

TEST_F(output_file_test, appears_only_when_committed) {
  const auto path = directory_ / "new";
  {
    output_file file(admit(output_request(path)));
    file.write("text");
    EXPECT_FALSE(fs::exists(path));
    file.commit();
  }
  EXPECT_EQ(contents(path), "text");
  EXPECT_EQ(nr_files(), 1U);
}

TEST_F(output_file_test, leaves_the_old_file_alone_when_given_up) {
  const auto path = directory_ / "old";
  std::ofstream(path) << "precious";
  { output_file(admit(output_request(path))).write("half of the"); }
  EXPECT_EQ(contents(path), "precious");
  EXPECT_EQ(nr_files(), 1U);
}

TEST_F(output_file_test, replaces_the_target_of_a_link_and_keeps_its_mode) {
  const auto target = directory_ / "target";
  const auto link = directory_ / "link";
  std::ofstream(target) << "old";
  ASSERT_EQ(chmod(target.c_str(), 0640), 0);
  fs::create_symlink(target, link);
  output_file file(admit(output_request(link)));
  file.write("new");
  file.commit();
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_EQ(contents(target), "new");
  struct stat info {};
  ASSERT_EQ(stat(target.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0640U);
}

TEST_F(output_file_test, writes_directly_to_what_is_no_regular_file) {
  output_file file(admit(output_request("/dev/null")));
  file.write("x");
  file.commit();
  EXPECT_FALSE(fs::is_regular_file("/dev/null"));
}

TEST_F(output_file_test, names_what_cannot_be_written) {
  const auto path = (directory_ / "absent" / "file").string();
  try {
    output_file file(admit(output_request(path)));
    FAIL();
  } catch (const pdata::error& e) {
    EXPECT_NE(std::string(e.what()).find(path), std::string::npos);
  }
  EXPECT_THROW(output_file file(admit(output_request(directory_))), pdata::error);
}

}  // namespace
}  // namespace thin_tools
