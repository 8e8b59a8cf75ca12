#include "sim/trace/text_fields.h"

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

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

}  // namespace sim::trace
