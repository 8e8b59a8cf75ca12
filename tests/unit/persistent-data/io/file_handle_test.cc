#include "persistent-data/io/file_handle.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <filesystem>

namespace pdata {
namespace {

std::string scratch_file() {
  return testing::TempDir() + "file_handle_test." + std::to_string(::getpid());
}

TEST(file_handle, transfers_all_or_says_why_not) {
  const auto path = scratch_file();
  auto file = file_handle::open(path, O_RDWR | O_CREAT | O_TRUNC);
  ASSERT_TRUE(file.ok());
  std::array<std::byte, 100> out{};
  out.fill(std::byte{7});
  EXPECT_TRUE(file->write(50, out).ok());
  EXPECT_EQ(*file->size(), 150U);
  EXPECT_TRUE(file->sync().ok());
  std::array<std::byte, 100> in{};
  EXPECT_TRUE(file->read(50, in).ok());
  EXPECT_EQ(in, out);
  EXPECT_EQ(file->read(51, in).errno_value(), EIO);  // the file ends before it
  const auto reader = file_handle::open(path, O_RDONLY);
  EXPECT_EQ(reader->write(0, out).errno_value(), EBADF);
  std::filesystem::remove(path);
}

TEST(file_handle, closes_what_it_holds_once) {
  const auto path = scratch_file();
  int descriptor = -1;
  {
    auto first = file_handle::open(path, O_RDWR | O_CREAT);
    ASSERT_TRUE(first.ok());
    descriptor = first->descriptor();
    file_handle second(std::move(*first));
    EXPECT_FALSE(first->is_open());
    file_handle third;
    third = std::move(second);
    EXPECT_EQ(third.descriptor(), descriptor);
    EXPECT_NE(::fcntl(descriptor, F_GETFD) & FD_CLOEXEC, 0);
  }
  EXPECT_EQ(::fcntl(descriptor, F_GETFD), -1);
  std::filesystem::remove(path);
}

TEST(file_handle, direct_io_falls_back_where_there_is_none) {
  EXPECT_TRUE(file_handle::open_direct("/dev/null", O_RDONLY).ok());
  EXPECT_EQ(file_handle::open_direct("/no/such/file", O_RDONLY).errno_value(), ENOENT);
}

}  // namespace
}  // namespace pdata
