#include "sim/trace/text_fields.h"

#include <chrono>

#include "persistent-data/base/checked_math.h"

namespace sim::trace {

std::optional<std::uint64_t> decimal_time_ns(std::string_view field, std::uint64_t unit_ns) {
  const std::size_t point = field.find('.');
  const auto whole = decimal(field.substr(0, point));
  if (!whole) return std::nullopt;
  const auto whole_ns = pdata::checked_mul(*whole, unit_ns);
  if (!whole_ns || point == std::string_view::npos) return whole_ns;

  std::uint64_t fraction_ns = 0;
  std::uint64_t place_ns = unit_ns;
  for (const char digit : field.substr(point + 1)) {
    if (digit < '0' || digit > '9') return std::nullopt;
    // Exact: every unit is a power of ten nanoseconds.
    place_ns /= 10;
    fraction_ns += place_ns * static_cast<std::uint64_t>(digit - '0');
  }
  return pdata::checked_add(*whole_ns, fraction_ns);
}

std::optional<std::uint64_t> hexadecimal(std::string_view field) {
  if (field.starts_with("0x") || field.starts_with("0X")) field.remove_prefix(2);
  std::uint64_t value = 0;
  const char* end = field.data() + field.size();
  const auto parsed = std::from_chars(field.data(), end, value, 16);
  if (field.empty() || parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return value;
}

namespace {

// `count` digits off the front of `rest`; none if there are fewer.
std::optional<unsigned> take_digits(std::string_view& rest, std::size_t count) {
  if (rest.size() < count) return std::nullopt;
  unsigned value = 0;
  for (const char c : rest.substr(0, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  rest.remove_prefix(count);
  return value;
}

bool take_one_of(std::string_view& rest, std::string_view any) {
  if (rest.empty() || any.find(rest.front()) == std::string_view::npos) return false;
  rest.remove_prefix(1);
  return true;
}

// "Z", "+01:00", "-0530" or nothing, as seconds east of Greenwich.
std::optional<std::int64_t> take_zone(std::string_view& rest) {
  if (rest.empty()) return 0;
  if (rest == "Z" || rest == "z") {
    rest.remove_prefix(1);
    return 0;
  }
  const bool west = rest.front() == '-';
  if (!take_one_of(rest, "+-")) return std::nullopt;
  const auto hours = take_digits(rest, 2);
  if (!hours) return std::nullopt;
  take_one_of(rest, ":");
  const unsigned minutes = take_digits(rest, 2).value_or(0);
  const std::int64_t seconds = std::int64_t{*hours} * 3600 + std::int64_t{minutes} * 60;
  return west ? -seconds : seconds;
}

}  // namespace

std::optional<std::uint64_t> iso_time_ns(std::string_view field) {
  constexpr std::int64_t second_ns = 1'000'000'000;
  std::string_view rest = trimmed(field);
  const auto year = take_digits(rest, 4);
  if (!year || !take_one_of(rest, "-/")) return std::nullopt;
  const auto month = take_digits(rest, 2);
  if (!month || !take_one_of(rest, "-/")) return std::nullopt;
  const auto day = take_digits(rest, 2);
  if (!day || !take_one_of(rest, "Tt ")) return std::nullopt;
  const auto hour = take_digits(rest, 2);
  if (!hour || !take_one_of(rest, ":")) return std::nullopt;
  const auto minute = take_digits(rest, 2);
  if (!minute) return std::nullopt;
  unsigned second = 0;
  if (take_one_of(rest, ":")) {
    const auto digits = take_digits(rest, 2);
    if (!digits) return std::nullopt;
    second = *digits;
  }
  std::int64_t fraction_ns = 0;
  if (take_one_of(rest, ".,")) {
    std::int64_t place = second_ns;
    while (const auto digit = take_digits(rest, 1)) {
      place /= 10;
      fraction_ns += place * std::int64_t{*digit};
    }
  }
  const auto zone = take_zone(rest);
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(*month), std::chrono::day(*day)};
  constexpr unsigned year_max = 2500;  // nanoseconds fit
  if (!zone || !rest.empty() || !date.ok() || *year > year_max || *hour > 24 || *minute > 59 ||
      second > 60)
    return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const std::int64_t seconds = days * 86400 + std::int64_t{*hour} * 3600 +
                               std::int64_t{*minute} * 60 + std::int64_t{second} - *zone;
  if (seconds < 0) return std::nullopt;
  return static_cast<std::uint64_t>(seconds) * static_cast<std::uint64_t>(second_ns) +
         static_cast<std::uint64_t>(fraction_ns);
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

}  // namespace sim::trace
