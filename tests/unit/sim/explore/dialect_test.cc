// Names of dialects, with and without fixes.
#include "sim/thin/dialect.h"

#include <gtest/gtest.h>

namespace sim {
namespace {

TEST(dialect, names_are_read_and_written_alike) {
  for (const char* name : {"linux-6.1", "2011", "linux-6.1,without=fua-overwrite",
                           "linux-6.1,without=flush-before-commit,without=refcount-underflow"}) {
    std::string wrong;
    const auto choice = parse_dialect(name, wrong);
    ASSERT_TRUE(choice) << name << ": " << wrong;
    EXPECT_EQ(to_string(*choice), name);
  }
  std::string wrong;
  EXPECT_EQ(to_string(*parse_dialect("linux,without=fua-overwrite|metadata-snap-commit", wrong)),
            "linux-6.1,without=fua-overwrite,without=metadata-snap-commit");
}

TEST(dialect, what_is_not_understood_is_named) {
  for (const char* name : {"", "linux-5.4", "linux-6.1,without=", "linux-6.1,with=x",
                           "linux-6.1,without=none", "2011,without=fua-overwrite"}) {
    std::string wrong;
    EXPECT_FALSE(parse_dialect(name, wrong)) << name;
    EXPECT_FALSE(wrong.empty()) << name;
  }
}

}  // namespace
}  // namespace sim
