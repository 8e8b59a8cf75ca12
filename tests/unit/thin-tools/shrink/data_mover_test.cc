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

  pass admitted_journal() const { return admit({"journal", journal_path(), use::replace}); }
  move_journal opened_journal(const shrink_plan& plan) const {
    return {admitted_journal(), plan, pool_digest()};
  }

  // Ends after the first batch. Returns how many blocks were moved.
  std::uint64_t interrupt(const data_device& device) const {
    struct crash {};
    auto journal = opened_journal(plan_);
    const auto stop = [](std::uint64_t done, std::uint64_t) {
      if (done > 0) throw crash();
    };
    EXPECT_THROW(static_cast<void>(move_data(device, plan_, block_bytes, journal, stop)), crash);
    return journal.blocks_done();
  }

  move_summary resume(const data_device& device, move_journal& journal) const {
    return move_data(device, plan_, block_bytes, journal, [](std::uint64_t, std::uint64_t) {});
  }

  void change(std::uint64_t block, std::uint64_t contents) const {
    std::fstream file(device_path(), std::ios::in | std::ios::out);
    const std::vector<std::uint64_t> stamps(block_bytes / sizeof block, contents);
    file.seekp(static_cast<std::streamoff>(block * block_bytes));
    file.write(reinterpret_cast<const char*>(stamps.data()), block_bytes);
  }

  // More than one batch.
  const shrink_plan plan_{3000,
                          {{3000, 10, 4}, {3010, 20, 700}, {4000, 900, 1}, {5000, 1000, 1000}}};

 private:
  std::filesystem::path folder_;
};

TEST_F(data_mover, moves_everything_and_leaves_the_sources) {
  const data_device device(admit(data_request(device_path(), use::write)));
  std::uint64_t last_done = 0;
  move_journal none(std::nullopt, plan_, {});
  const auto moved =
      move_data(device, plan_, block_bytes, none, [&](std::uint64_t done, std::uint64_t total) {
        EXPECT_GE(done, last_done);
        EXPECT_EQ(total, plan_.blocks_to_move());
        last_done = done;
      });
  EXPECT_EQ(moved.blocks_resumed + moved.blocks_renewed, 0);
  EXPECT_EQ(last_done, plan_.blocks_to_move());
  expect_moved(plan_);
  EXPECT_EQ(stamp_at(5999), 5999);
  EXPECT_EQ(stamp_at(14), 14);
}

TEST_F(data_mover, goes_on_where_the_journal_says) {
  const data_device device(admit(data_request(device_path(), use::write)));
  const auto done_before = interrupt(device);
  EXPECT_GT(done_before, 0);
  EXPECT_LT(done_before, plan_.blocks_to_move());
  auto journal = opened_journal(plan_);
  EXPECT_EQ(journal.blocks_done(), done_before);
  const auto moved = resume(device, journal);
  EXPECT_EQ(moved.blocks_resumed, done_before);
  EXPECT_EQ(moved.blocks_renewed, 0);
  expect_moved(plan_);
  journal.remove();
  EXPECT_EQ(opened_journal(plan_).blocks_done(), 0);
}

TEST_F(data_mover, moves_again_what_has_changed_since) {
  const data_device device(admit(data_request(device_path(), use::write)));
  interrupt(device);
  change(3010 + 97, 77);
  auto journal = opened_journal(plan_);
  const auto moved = resume(device, journal);
  EXPECT_EQ(moved.blocks_renewed, 1);
  EXPECT_EQ(stamp_at(20 + 97), 77);
  // The journal knows the new contents.
  auto again = opened_journal(plan_);
  EXPECT_EQ(resume(device, again).blocks_renewed, 0);
}

TEST_F(data_mover, refuses_to_go_on_where_somebody_wrote_to_what_it_moved) {
  const data_device device(admit(data_request(device_path(), use::write)));
  interrupt(device);
  change(20 + 97, 78);
  auto journal = opened_journal(plan_);
  EXPECT_THROW(resume(device, journal), pdata::error);
  EXPECT_EQ(stamp_at(20 + 97), 78);
}

TEST_F(data_mover, takes_a_line_that_was_cut_off_for_not_written) {
  const data_device device(admit(data_request(device_path(), use::write)));
  const auto done_before = interrupt(device);
  std::ofstream(journal_path(), std::ios::app) << "1 1024 12";
  EXPECT_EQ(opened_journal(plan_).blocks_done(), done_before);
}

TEST_F(data_mover, refuses_the_journal_of_another_run) {
  opened_journal(plan_).record(0, {5, 0});
  const shrink_plan other{3000, {{3001, 10, 4}}};
  EXPECT_THROW(opened_journal(other), pdata::error);
  pool_digest later;
  later.begin_superblock({.transaction_id = 9});
  EXPECT_THROW(move_journal(admitted_journal(), plan_, later), pdata::error);
  std::ofstream(journal_path()) << "something else";
  EXPECT_THROW(opened_journal(plan_), pdata::error);
}

TEST_F(data_mover, names_the_place_that_cannot_be_read) {
  const data_device device(admit(data_request(device_path(), use::write)));
  const shrink_plan beyond{3000, {{nr_blocks, 10, 1}}};
  try {
    move_journal none(std::nullopt, beyond, {});
    const auto moved =
        move_data(device, beyond, block_bytes, none, [](std::uint64_t, std::uint64_t) {});
    FAIL() << moved.blocks_resumed;
  } catch (const pdata::error& e) {
    EXPECT_NE(std::string(e.what()).find(device_path()), std::string::npos);
  }
}

}  // namespace
}  // namespace thin_tools
