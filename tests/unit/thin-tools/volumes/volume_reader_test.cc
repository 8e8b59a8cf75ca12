// Bytes of a volume, from pieces of a data device and an origin.
#include "thin-tools/volumes/volume_reader.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "persistent-data/base/error.h"

namespace thin_tools {
namespace {

using extent_kind = volume_reader::extent_kind;

constexpr std::uint64_t block = 1536;  // no power of two
constexpr std::uint64_t data_blocks = 40;
constexpr std::uint64_t volume_blocks = 60;

class volume_reader_test : public testing::Test {
 protected:
  volume_reader_test() {
    std::mt19937 dice(1);
    for (auto& byte : data_) byte = static_cast<std::byte>(1 + dice() % 255);
    for (auto& byte : origin_) byte = static_cast<std::byte>(1 + dice() % 255);
  }
  ~volume_reader_test() override { std::filesystem::remove_all(folder_); }

  std::shared_ptr<const data_device> device_of(const std::vector<std::byte>& bytes,
                                               const std::string& name) {
    std::filesystem::create_directories(folder_);
    const auto path = (folder_ / name).string();
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    file.close();
    return std::make_shared<const data_device>(admit_reading(name, path), pass::claim::shared,
                                               caching_);
  }

  // Mapped, lost and nothing in turns; what each byte has to be, none: an error.
  void make(bool with_origin, lost_reads lost) {
    volume_map_builder builder(data_blocks);
    wanted_.assign(volume_blocks * block - 100, std::byte{0});
    if (with_origin) std::ranges::copy(origin_, wanted_.begin());
    const auto put = [&](std::uint64_t begin, std::uint64_t data, std::uint64_t length) {
      builder.add({begin, data, length, 0});
      for (auto at = begin * block;
           at < std::min<std::uint64_t>((begin + length) * block, wanted_.size()); ++at)
        wanted_[at] = data_[data * block + (at - begin * block)];
    };
    put(2, 7, 3);
    put(5, 20, 1);
    put(13, 0, 4);
    put(58, 39, 1);
    put(59, 38, 1);
    builder.lose({{20, 24}, "planted"});
    for (auto at = 20 * block; at < 24 * block; ++at) wanted_[at] = std::byte{0};
    volume_source from{.device = 1,
                       .map = std::make_shared<const volume_map>(builder.finish()),
                       .block_bytes = block,
                       .size_bytes = wanted_.size(),
                       .data = device_of(data_, "data"),
                       .origin = with_origin ? device_of(origin_, "origin") : nullptr,
                       .lost = lost};
    volume_.emplace(std::move(from));
  }

  bool is_lost(std::uint64_t offset, std::uint64_t length) const {
    return offset < 24 * block && offset + length > 20 * block;
  }

  void expect_reads(lost_reads lost) {
    std::mt19937 dice(2);
    for (int i = 0; i < 2000; ++i) {
      const auto offset = dice() % wanted_.size();
      const auto length = std::min<std::uint64_t>(dice() % 9000, wanted_.size() - offset);
      std::vector<std::byte> got(length, std::byte{0xee});
      if (length != 0 && lost == lost_reads::error && is_lost(offset, length)) {
        EXPECT_THROW(volume_->read(offset, got), pdata::error);
        continue;
      }
      volume_->read(offset, got);
      ASSERT_TRUE(
          std::equal(got.begin(), got.end(), wanted_.begin() + static_cast<std::ptrdiff_t>(offset)))
          << offset << " " << length;
    }
  }

  // Holes are zero, and the rest is covered once.
  void expect_extents() {
    for (std::uint64_t offset = 0; offset < wanted_.size(); offset += 997) {
      auto at = offset;
      volume_->for_each_extent(
          offset, wanted_.size() - offset, [&](std::uint64_t length, extent_kind kind) {
            EXPECT_GT(length, 0U);
            if (kind == extent_kind::hole) {
              EXPECT_TRUE(std::all_of(wanted_.begin() + static_cast<std::ptrdiff_t>(at),
                                      wanted_.begin() + static_cast<std::ptrdiff_t>(at + length),
                                      [](std::byte b) { return b == std::byte{0}; }));
            }
            at += length;
            return true;
          });
      EXPECT_EQ(at, wanted_.size());
    }
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("volume_reader_" + std::to_string(getpid()));
  std::vector<std::byte> data_ = std::vector<std::byte>(data_blocks * block);
  std::vector<std::byte> origin_ = std::vector<std::byte>(30 * block + 5);
  std::vector<std::byte> wanted_;
  data_device::caching caching_ = data_device::caching::cached;
  std::optional<volume_reader> volume_;
};

TEST_F(volume_reader_test, reads_what_was_put_there) {
  make(false, lost_reads::error);
  expect_reads(lost_reads::error);
  expect_extents();
}

TEST_F(volume_reader_test, reads_what_is_lost_as_zeroes_if_told_so) {
  make(false, lost_reads::zeroes);
  expect_reads(lost_reads::zeroes);
  expect_extents();
}

TEST_F(volume_reader_test, reads_the_origin_where_nothing_is_mapped) {
  make(true, lost_reads::error);
  expect_reads(lost_reads::error);
  expect_extents();
}

TEST_F(volume_reader_test, reads_any_bytes_by_direct_io) {
  caching_ = data_device::caching::direct;
  make(false, lost_reads::zeroes);
  expect_reads(lost_reads::zeroes);
}

TEST_F(volume_reader_test, what_is_lost_counts_as_data_unless_it_is_zeroes) {
  const auto kind_at = [&](std::uint64_t offset) {
    std::optional<extent_kind> found;
    volume_->for_each_extent(offset, 1, [&](std::uint64_t, extent_kind kind) {
      found = kind;
      return false;
    });
    return *found;
  };
  make(false, lost_reads::error);
  EXPECT_EQ(kind_at(21 * block), extent_kind::data);
  EXPECT_EQ(kind_at(25 * block), extent_kind::hole);
  make(false, lost_reads::zeroes);
  EXPECT_EQ(kind_at(21 * block), extent_kind::hole);
}

TEST_F(volume_reader_test, a_hole_begins_where_the_origin_ends) {
  make(true, lost_reads::error);
  std::vector<std::pair<std::uint64_t, extent_kind>> found;
  volume_->for_each_extent(25 * block, 30 * block, [&](std::uint64_t length, extent_kind kind) {
    found.emplace_back(length, kind);
    return true;
  });
  const std::vector<std::pair<std::uint64_t, extent_kind>> expected{
      {5 * block + 5, extent_kind::data}, {25 * block - 5, extent_kind::hole}};
  EXPECT_EQ(found, expected);
}

TEST_F(volume_reader_test, the_size_is_that_of_the_map_or_the_origin) {
  volume_map_builder builder(data_blocks);
  builder.add({3, 0, 2, 0});
  const auto map = builder.finish();
  EXPECT_EQ(size_by_map(map, block, nullptr), 5 * block);
  const auto origin = device_of(origin_, "larger");
  EXPECT_EQ(size_by_map(map, block, origin.get()), origin_.size());
}

}  // namespace
}  // namespace thin_tools
