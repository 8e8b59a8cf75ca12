#include "thin-tools/page/human_numbers.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace thin_tools::page {

std::string decimals(double number, int digits) {
  std::string text = fmt::format("{:.{}f}", number, digits);
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

std::string with_separators(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i != 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array units{"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  constexpr double step = 1024;
  constexpr double two_digits = 100;
  auto amount = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; amount >= step && unit + 1 < units.size(); ++unit) amount /= step;
  return decimals(amount, amount < two_digits ? 1 : 0) + " " + units[unit];
}

std::string time_text(std::uint64_t time_ns) {
  constexpr std::uint64_t second_ns = 1'000'000'000;
  constexpr std::uint64_t minute_s = 60;
  constexpr std::uint64_t hour_s = 3600;
  if (time_ns == 0) return "0 s";
  if (time_ns < 1000) return fmt::format("{} ns", time_ns);
  const auto time = static_cast<double>(time_ns);
  if (time_ns < 1'000'000) return decimals(time / 1e3, 1) + " µs";
  if (time_ns < second_ns) return decimals(time / 1e6, 1) + " ms";
  const std::uint64_t seconds = time_ns / second_ns;
  if (seconds < minute_s) return decimals(time / 1e9, 2) + " s";
  if (seconds < hour_s)
    return fmt::format("{} min {:02} s", seconds / minute_s, seconds % minute_s);
  return fmt::format("{} h {:02} min", with_separators(seconds / hour_s),
                     seconds % hour_s / minute_s);
}

std::string times_text(std::uint64_t count) {
  return count == 1 ? "once" : with_separators(count) + " times";
}

std::string short_number(double number) {
  constexpr std::array units{"", " k", " M", " G", " T", " P", " E"};
  constexpr double step = 1000;
  std::size_t unit = 0;
  for (; std::abs(number) >= step && unit + 1 < units.size(); ++unit) number /= step;
  const double size = std::abs(number);
  return decimals(number, size < 1 ? 3 : size < 10 ? 2 : size < 100 ? 1 : 0) + units[unit];
}

}  // namespace thin_tools::page
