#include "persistent-data/io/spool_file.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "persistent-data/base/error.h"

namespace pdata {
namespace {

std::vector<std::byte> numbered(std::size_t count) {
  std::vector<std::byte> bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::byte>(i * 7 + i / 256);
  return bytes;
}

TEST(spool_file, gives_back_any_part_whether_in_memory_or_not) {
  const auto bytes = numbered(500000);
  for (const std::size_t memory : {std::size_t{100}, std::size_t{99999}, std::size_t{1000000}}) {
    spool_file spool(memory);
    for (std::size_t at = 0; at < bytes.size(); at += 250)
      spool.append(std::span(bytes).subspan(at, 250));
    ASSERT_EQ(spool.size(), bytes.size());
    for (std::size_t at = 0; at < bytes.size(); at += 33333) {
      std::vector<std::byte> part(std::min<std::size_t>(140000, bytes.size() - at));
      spool.read(at, part);
      EXPECT_TRUE(std::ranges::equal(part, std::span(bytes).subspan(at, part.size())));
    }
  }
}

TEST(spool_file, reads_pages_of_any_place_and_length) {
  const auto bytes = numbered(5 * spool_file::page_bytes + 17);
  spool_file spool(1);
  spool.append(bytes);
  for (const auto at : {std::size_t{0}, std::size_t{1}, spool_file::page_bytes - 1,
                        spool_file::page_bytes, 2 * spool_file::page_bytes + 5}) {
    std::vector<std::byte> rest(bytes.size() - at);
    spool.read(at, rest);
    EXPECT_TRUE(std::ranges::equal(rest, std::span(bytes).subspan(at)));
  }
}

TEST(spool_file, names_the_folder_that_cannot_be_used) {
  const char* before = std::getenv("TMPDIR");
  const std::string kept = before == nullptr ? "" : before;
  setenv("TMPDIR", "/dev/null/no-folder", 1);
  spool_file spool(10);
  try {
    spool.append(numbered(5));
    spool.append(numbered(spool_file::page_bytes));
    spool.append(numbered(20));
    ADD_FAILURE();
  } catch (const error& e) {
    EXPECT_NE(std::string(e.what()).find("/dev/null/no-folder"), std::string::npos);
  }
  if (before == nullptr) {
    unsetenv("TMPDIR");
  } else {
    setenv("TMPDIR", kept.c_str(), 1);
  }
}

}  // namespace
}  // namespace pdata
