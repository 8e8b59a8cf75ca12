#include "thin-tools/shrink/data_mover.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <vector>

#include "persistent-data/base/error.h"

namespace thin_tools {
namespace {

constexpr std::uint64_t block_bytes = 65536;
constexpr std::uint64_t nr_blocks = 6000;

class data_mover : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              (std::string("data_mover_") + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    std::ofstream file(device_path());
    for (const auto& move : plan_.moves)
      for (std::uint64_t i = 0; i < move.length; ++i) stamp(file, move.from + i);
    stamp(file, 14);
    stamp(file, nr_blocks - 1);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static void stamp(std::ofstream& file, std::uint64_t block) {
    const std::vector<std::uint64_t> contents(block_bytes / sizeof block, block);
    file.seekp(static_cast<std::streamoff>(block * block_bytes));
    file.write(reinterpret_cast<const char*>(contents.data()), block_bytes);
  }

  std::string device_path() const { return folder_ / "data"; }
  std::string journal_path() const { return folder_ / "journal"; }

  std::uint64_t stamp_at(std::uint64_t block) const {
    std::ifstream file(device_path());
    file.seekg(static_cast<std::streamoff>(block * block_bytes + block_bytes - 8));
    std::uint64_t stamp = 0;
    file.read(reinterpret_cast<char*>(&stamp), sizeof stamp);
    return stamp;
  }

  void expect_moved(const shrink_plan& plan) const {
    for (const auto& move : plan.moves)
      for (std::uint64_t i = 0; i < move.length; i += 97)
        EXPECT_EQ(stamp_at(move.to + i), move.from + i);
  }

  // More than one batch.
  const shrink_plan plan_{3000,
                          {{3000, 10, 4}, {3010, 20, 700}, {4000, 900, 1}, {5000, 1000, 1000}}};

 private:
  std::filesystem::path folder_;
};

TEST_F(data_mover, moves_everything_and_leaves_the_sources) {
  const data_device device(device_path(), data_access::write);
  std::uint64_t last_done = 0;
  move_data(device, plan_, block_bytes, move_journal("", plan_),
            [&](std::uint64_t done, std::uint64_t total) {
              EXPECT_GE(done, last_done);
              EXPECT_EQ(total, plan_.blocks_to_move());
              last_done = done;
            });
  EXPECT_EQ(last_done, plan_.blocks_to_move());
  expect_moved(plan_);
  EXPECT_EQ(stamp_at(5999), 5999);
  EXPECT_EQ(stamp_at(14), 14);
}

TEST_F(data_mover, goes_on_where_the_journal_says) {
  const data_device device(device_path(), data_access::write);
  const move_journal journal(journal_path(), plan_);
  struct crash {};
  EXPECT_EQ(journal.blocks_done(), 0);
  EXPECT_THROW(move_data(device, plan_, block_bytes, journal,
                         [](std::uint64_t done, std::uint64_t) {
                           if (done > 0) throw crash();
                         }),
               crash);
  const auto done_before = journal.blocks_done();
  EXPECT_GT(done_before, 0);
  EXPECT_LT(done_before, plan_.blocks_to_move());
  std::uint64_t first = UINT64_MAX;
  move_data(device, plan_, block_bytes, journal,
            [&](std::uint64_t done, std::uint64_t) { first = std::min(first, done); });
  EXPECT_EQ(first, done_before);
  expect_moved(plan_);
  journal.remove();
  EXPECT_EQ(journal.blocks_done(), 0);
}

TEST_F(data_mover, refuses_the_journal_of_another_run) {
  move_journal(journal_path(), plan_).record(5);
  const shrink_plan other{3000, {{3001, 10, 4}}};
  EXPECT_THROW(move_journal(journal_path(), other).blocks_done(), pdata::error);
  std::ofstream(journal_path()) << "something else";
  EXPECT_THROW(move_journal(journal_path(), plan_).blocks_done(), pdata::error);
}

TEST_F(data_mover, names_the_place_that_cannot_be_read) {
  const data_device device(device_path(), data_access::write);
  const shrink_plan beyond{3000, {{nr_blocks, 10, 1}}};
  try {
    move_data(device, beyond, block_bytes, move_journal("", beyond),
              [](std::uint64_t, std::uint64_t) {});
    FAIL();
  } catch (const pdata::error& e) {
    EXPECT_NE(std::string(e.what()).find(device_path()), std::string::npos);
  }
}

}  // namespace
}  // namespace thin_tools
