#include "sim/kernel/kernel_rules.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace sim {
namespace {

TEST(kernel_version_test, names_are_read_back) {
  for (const auto* name : {"6.1", "6.12", "7.2", "7.3"}) {
    const auto version = parse_kernel_version(name);
    ASSERT_TRUE(version) << name;
    EXPECT_EQ(to_string(*version), name);
  }
  for (const auto* name : {"", "6", "6.10", "6.1.0", "linux-6.1"})
    EXPECT_FALSE(parse_kernel_version(name)) << name;
}

TEST(kernel_rules_test, every_rule_has_one_row) {
  std::set<kernel_rule> rules;
  std::set<std::string_view> names;
  for (const auto& row : kernel_rule_table()) {
    EXPECT_TRUE(rules.insert(row.rule).second) << row.name;
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_FALSE(row.source.empty() || row.scenario.empty() || row.text.empty()) << row.name;
    EXPECT_GT(row.since, kernel_version::linux_6_1) << row.name << ": it is of every kernel";
  }
  const auto last = static_cast<std::size_t>(kernel_rule::flakey_features_exclude_each_other);
  EXPECT_EQ(rules.size(), last + 1);
}

TEST(kernel_rules_test, a_rule_holds_since_its_version) {
  const auto holds = [](kernel_rule rule) {
    std::string where;
    for (const auto version : {kernel_version::linux_6_1, kernel_version::linux_6_12,
                               kernel_version::linux_7_2, kernel_version::linux_7_3})
      where += kernel_rules(version).has(rule) ? '+' : '-';
    return where;
  };
  EXPECT_EQ(holds(kernel_rule::largest_discard_1024_blocks), "-+++");
  EXPECT_EQ(holds(kernel_rule::largest_request_4_mib), "--++");
}

TEST(kernel_rules_test, targets_have_the_versions_that_they_were_released_with) {
  const auto version = [](kernel_version of, std::string_view target) {
    const auto v = kernel_rules(of).version_of(target);
    return std::to_string(v.major) + "." + std::to_string(v.minor) + "." + std::to_string(v.patch);
  };
  EXPECT_EQ(version(kernel_version::linux_6_1, "thin"), "1.22.0");
  EXPECT_EQ(version(kernel_version::linux_6_12, "thin"), "1.23.0");
  EXPECT_EQ(version(kernel_version::linux_7_3, "thin-pool"), "1.24.0");
  for (const auto target : listed_targets())
    EXPECT_NE(version(kernel_version::linux_6_1, target), "");
}

}  // namespace
}  // namespace sim
