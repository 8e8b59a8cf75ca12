#include "thin-tools/page/axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "thin-tools/page/human_numbers.h"

namespace thin_tools::page {

namespace {

constexpr double value_steps_max = 5;
constexpr double time_steps_max = 8;

double round_step(double least) {
  const double power = std::pow(10, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= least * 0.999999) return factor * power;
  return 10 * power;
}

double time_step(double least) {
  constexpr double minute = 60;
  constexpr double hour = 3600;
  constexpr double day = 86400;
  constexpr std::array steps{1.0,    2.0,        5.0,        10.0,        15.0,        30.0,
                             minute, 2 * minute, 5 * minute, 10 * minute, 15 * minute, 30 * minute,
                             hour,   2 * hour,   3 * hour,   6 * hour,    12 * hour,   day};
  if (least < 0.5) return round_step(least);
  for (const double step : steps)
    if (step >= least) return step;
  return day * round_step(least / day);
}

// One unit for the whole axis, that of its step.
std::string time_mark(double seconds, double step) {
  struct unit {
    double seconds;
    std::string_view name;
  };
  constexpr std::array units{unit{86400, "d"}, unit{3600, "h"},  unit{60, "min"},
                             unit{1, "s"},     unit{1e-3, "ms"}, unit{1e-6, "µs"}};
  for (const unit& u : units)
    if (step >= u.seconds * 0.999)
      return short_number(seconds / u.seconds) + " " + std::string(u.name);
  return short_number(seconds * 1e9) + " ns";
}

}  // namespace

axis value_axis(double highest, axis_of what) {
  if (!(highest > 0) || !std::isfinite(highest)) highest = 1;
  double step = round_step(highest / value_steps_max);
  if (what == axis_of::counts) step = std::max(step, 1.0);
  const double steps = std::ceil(highest / step * 0.999999);
  axis found{.end = steps * step, .marks = {}};
  for (double i = 0; i <= steps; ++i) found.marks.push_back({i * step, short_number(i * step)});
  return found;
}

axis time_axis(double seconds) {
  constexpr double shortest = 1e-9;
  if (!(seconds > shortest) || !std::isfinite(seconds)) seconds = 1;
  const double step = time_step(seconds / time_steps_max);
  axis found{.end = seconds, .marks = {}};
  for (double i = 0; i * step <= seconds * 1.000001; ++i)
    found.marks.push_back({i * step, time_mark(i * step, step)});
  return found;
}

}  // namespace thin_tools::page
