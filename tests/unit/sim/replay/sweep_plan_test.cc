#include "sim/replay/sweep_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/replay/replay_options.h"

namespace sim::replay {

namespace {

using testing::ElementsAre;

std::vector<std::string> names(const std::vector<variant>& variants) {
  std::vector<std::string> all;
  for (const auto& v : variants) all.push_back(v.name);
  return all;
}

std::vector<variant> plan(const std::vector<std::string>& sweeps) { return plan_sweep(sweeps); }

}  // namespace

TEST(SweepPlan, HasEveryCombination) {
  const auto variants = plan({"block-size=64k,1m", "keep=3,5"});
  EXPECT_THAT(names(variants), ElementsAre("block-size=64k keep=3", "block-size=64k keep=5",
                                           "block-size=1m keep=3", "block-size=1m keep=5"));
  EXPECT_THAT(variants[2].arguments, ElementsAre("--block-size=1m", "--keep=3"));
}

TEST(SweepPlan, ShardsHaveEachVariantOnce) {
  const auto all = plan({"keep=1,2,3,4,5"});
  EXPECT_THAT(names(choose_shard(all, "1/2")), ElementsAre("keep=1", "keep=3", "keep=5"));
  EXPECT_THAT(names(choose_shard(all, "2/2")), ElementsAre("keep=2", "keep=4"));
  EXPECT_THAT(names(choose_shard(all, "9/9")), ElementsAre());
  EXPECT_THAT(names(choose_shard(all, "2/18446744073709551615")), ElementsAre("keep=2"));
}

TEST(SweepPlan, MistakesAreNamed) {
  for (const char* wrong : {"keep", "json=a", "=1", "keep=", "keep=1,", "keep=1,,2", "keep=1,1"})
    EXPECT_THROW(plan({wrong}), thin_tools::usage_error) << wrong;
  for (const char* wrong : {"", "1", "0/2", "3/2", "a/2", "1/0", "1/2/3"})
    EXPECT_THROW(choose_shard(plan({"keep=1,2"}), wrong), thin_tools::usage_error) << wrong;
}

TEST(SweepPlan, AVariantReplacesTheOptionThatIsSwept) {
  const thin_tools::command_syntax syntax{"thin_sim replay", "", "TRACE...", replay_option_rows()};
  const std::vector<std::string> given{"--keep=9", "--thin=0=1g", "--wrap",      "--sweep=keep=1,2",
                                       "--json",   "out",         "--thin=1=2g", "trace"};
  const thin_tools::command_line line(syntax, given);
  EXPECT_THAT(arguments_of(plan({"keep=1,2"})[1], line),
              ElementsAre("--thin=0=1g", "--thin=1=2g", "--wrap", "--keep=2", "--", "trace"));
}

}  // namespace sim::replay
