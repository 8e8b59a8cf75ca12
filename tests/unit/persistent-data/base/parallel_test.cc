#include "persistent-data/base/parallel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <limits>
#include <stdexcept>
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

}  // namespace
}  // namespace pdata
