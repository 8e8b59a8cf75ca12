#include "sim/scenario/mangled_name.h"

#include <gtest/gtest.h>

namespace sim {
namespace {

TEST(mangled_name_test, what_udev_does_not_like_is_written_as_a_code) {
  EXPECT_EQ(mangled("vg-lv_1+#.:=@"), "vg-lv_1+#.:=@");
  EXPECT_EQ(mangled("b a"), "b\\x20a");
  EXPECT_EQ(mangled("a\\b"), "a\\x5cb");
  EXPECT_EQ(mangled("\xc3\xa9"), "\\xc3\\xa9");
  EXPECT_EQ(unmangled("b\\x20a"), "b a");
  EXPECT_EQ(unmangled("plain"), "plain");
  EXPECT_EQ(unmangled("\\x"), "\\x");
  EXPECT_EQ(unmangled("\\xzz"), "\\xzz");
}

TEST(mangled_name_test, a_mangled_name_stays) {
  EXPECT_EQ(mangled("b\\x20a"), "b\\x20a");
  EXPECT_FALSE(mangled("b\\x20 a"));
  EXPECT_FALSE(mangled("b a\\x20"));
  EXPECT_FALSE(mangled("\\x2"));
  EXPECT_FALSE(mangled("\\x5cx20"));
}

TEST(mangled_name_test, a_name_has_127_characters_at_most) {
  EXPECT_TRUE(mangled(std::string(127, 'n')));
  EXPECT_FALSE(mangled(std::string(128, 'n')));
  EXPECT_TRUE(mangled(std::string(31, ' ')));
  EXPECT_FALSE(mangled(std::string(32, ' ')));
}

}  // namespace
}  // namespace sim
