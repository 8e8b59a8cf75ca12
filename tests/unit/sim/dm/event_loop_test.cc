#include "sim/dm/event_loop.h"

#include <gmock/gmock.h>

#include <string>

namespace sim {
namespace {

// Two workers; what each of them did is told in order.
class event_loop_test : public testing::Test {
 protected:
  event_loop loop_;
  std::string told_;
  work_item slow_{loop_, [this] {
                    told_ += 's';
                    loop_.waited_for_disk();
                  }};
  work_item quick_{loop_, [this] { told_ += 'q'; }};
};

TEST_F(event_loop_test, work_that_waits_for_a_disk_does_not_go_on_before_its_caller) {
  work_item caller(loop_, [this] {
    for (int i = 0; i < 3; ++i) {
      slow_.queue();
      quick_.queue();
      loop_.give_way();
      told_ += '.';
    }
  });
  caller.queue();
  loop_.run();
  EXPECT_EQ(told_, "sq.q.q.s");
}

TEST_F(event_loop_test, it_goes_on_when_the_caller_waits) {
  slow_.queue();
  loop_.give_way();
  slow_.queue();
  loop_.give_way();
  EXPECT_EQ(told_, "s");
  loop_.run();
  EXPECT_EQ(told_, "ss");
  slow_.queue();
  loop_.give_way();
  EXPECT_EQ(told_, "sss");
}

}  // namespace
}  // namespace sim
