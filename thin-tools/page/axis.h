// Where the marks of an axis go: round numbers, few of them.
#pragma once

#include <string>
#include <vector>

namespace thin_tools::page {

struct axis_mark {
  double value;
  std::string text;
};

struct axis {
  double end = 1;  // the axis goes from 0 to here
  std::vector<axis_mark> marks;
};

// 0 to a round number not below `highest`, in steps of 1, 2 or 5 times a power
// of ten; of counts in steps of 1 and more.
enum class axis_of : unsigned char { measures, counts };
axis value_axis(double highest, axis_of what);

// 0 to `seconds`, in steps people use for time.
axis time_axis(double seconds);

}  // namespace thin_tools::page
