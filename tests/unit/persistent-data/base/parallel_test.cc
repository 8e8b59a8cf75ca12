#include "persistent-data/base/parallel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <limits>
#include <semaphore>
#include <stdexcept>
#include <thread>
#include <vector>

namespace pdata {
namespace {

TEST(for_each_turn, takes_each_turn_once_whatever_the_workers) {
  for (const unsigned nr_workers : {0U, 1U, 3U, 16U}) {
    for (const std::size_t nr_turns : {0U, 1U, 2U, 1000U}) {
      std::vector<std::atomic<int>> taken(nr_turns);
      for_each_turn(nr_turns, nr_workers, [&](unsigned worker, std::size_t turn) {
        EXPECT_LT(worker, std::max(1U, nr_workers));
        ++taken[turn];
      });
      for (const auto& times : taken) EXPECT_EQ(times, 1);
    }
  }
}

TEST(for_each_turn, one_worker_takes_them_in_order) {
  std::vector<std::size_t> order;
  for_each_turn(5, 1, [&](unsigned, std::size_t turn) { order.push_back(turn); });
  EXPECT_EQ(order, (std::vector<std::size_t>{0, 1, 2, 3, 4}));
}

TEST(for_each_turn, a_worker_has_one_turn_at_a_time) {
  std::vector<std::atomic<int>> busy(4);
  for_each_turn(500, 4, [&](unsigned worker, std::size_t) {
    EXPECT_EQ(busy[worker]++, 0);
    --busy[worker];
  });
}

// More turns than could ever be taken: were they not ended by the exception, this would not
// end either, however the system divides its processors among the workers.
TEST(for_each_turn, an_exception_ends_it_and_is_passed_on) {
  constexpr std::size_t nr_turns = std::numeric_limits<std::size_t>::max() / 2;
  for (const unsigned nr_workers : {1U, 4U}) {
    const auto visit = [&](unsigned, std::size_t turn) {
      if (turn == 3) throw std::runtime_error("turn 3");
    };
    EXPECT_THROW(for_each_turn(nr_turns, nr_workers, visit), std::runtime_error);
  }
}

TEST(work_crew, takes_each_turn_of_each_call_once) {
  for (const unsigned nr_workers : {0U, 1U, 3U}) {
    work_crew crew(nr_workers);
    for (int call = 0; call < 200; ++call) {
      const std::size_t nr_turns = call % 5;
      std::vector<std::atomic<int>> taken(nr_turns);
      const auto when = call % 2 == 0 ? work_crew::help::at_once : work_crew::help::when_it_pays;
      crew.run(
          nr_turns,
          [&](unsigned worker, std::size_t turn) {
            EXPECT_LT(worker, std::max(1U, nr_workers));
            ++taken[turn];
          },
          when);
      for (const auto& times : taken) EXPECT_EQ(times, 1);
    }
  }
}

TEST(work_crew, the_first_turn_is_the_callers) {
  work_crew crew(4);
  for (int call = 0; call < 50; ++call)
    crew.run(
        20,
        [caller = std::this_thread::get_id()](unsigned worker, std::size_t turn) {
          EXPECT_EQ(worker == 0, std::this_thread::get_id() == caller);
          if (turn == 0) {
            EXPECT_EQ(worker, 0U);
          }
        },
        work_crew::help::at_once);
}

// Turns that take long: each waits for the one after it, up to the last, which nobody but a
// helper can begin.
TEST(work_crew, helpers_come_at_once_and_again) {
  work_crew crew(3);
  for (int call = 0; call < 20; ++call) {
    std::array<std::binary_semaphore, 2> begun{std::binary_semaphore(0), std::binary_semaphore(0)};
    crew.run(
        3,
        [&](unsigned, std::size_t turn) {
          if (turn > 0) begun[turn - 1].release();
          if (turn < 2) begun[turn].acquire();
        },
        work_crew::help::at_once);
  }
}

TEST(work_crew, works_on_after_an_exception) {
  work_crew crew(4);
  const auto fail = [](unsigned, std::size_t turn) {
    if (turn == 2) throw std::runtime_error("turn 2");
  };
  EXPECT_THROW(crew.run(1000, fail, work_crew::help::at_once), std::runtime_error);
  std::atomic<int> taken = 0;
  crew.run(
      10, [&](unsigned, std::size_t) { ++taken; }, work_crew::help::at_once);
  EXPECT_EQ(taken, 10);
}

}  // namespace
}  // namespace pdata
