#include "sim/thin/deferred_set.h"

#include <gmock/gmock.h>

namespace sim {
namespace {

TEST(deferred_set_test, work_of_several_generations_is_ready_newest_first) {
  deferred_set<int> set;
  std::vector<int> ready;
  const auto note = [&](int& work) { ready.push_back(work); };
  std::vector<int> work{1, 2, 3};
  EXPECT_FALSE(set.defer(work[0])) << "nothing is in flight";
  auto* first = set.begin();
  ASSERT_TRUE(set.defer(work[0]));
  ASSERT_TRUE(set.defer(work[1]));
  auto* second = set.begin();
  ASSERT_TRUE(set.defer(work[2]));
  set.end(*first, note);
  EXPECT_THAT(ready, testing::ElementsAre(2, 1));
  set.end(*second, note);
  EXPECT_THAT(ready, testing::ElementsAre(2, 1, 3));
}

TEST(deferred_set_test, requests_that_end_while_it_holds_stay_in_flight) {
  deferred_set<int> set;
  std::vector<int> ready;
  const auto note = [&](int& work) { ready.push_back(work); };
  int work = 1;
  auto* request = set.begin();
  set.hold();
  set.end(*request, note);
  EXPECT_TRUE(set.defer(work));
  EXPECT_TRUE(ready.empty());
  set.go_on(note);
  EXPECT_THAT(ready, testing::ElementsAre(1));
  EXPECT_FALSE(set.defer(work));
}

}  // namespace
}  // namespace sim
