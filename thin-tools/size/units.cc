#include "thin-tools/size/units.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "persistent-data/base/checked_math.h"

namespace thin_tools {

namespace {

struct unit_row {
  size_unit unit;
  std::string_view other_spelling;
};

constexpr std::uint64_t kibi = 1024;
constexpr std::uint64_t kilo = 1000;

// In the order in which beginnings of names are tried.
constexpr std::array rows{
    unit_row{{"b", "byte", 1}, "B"},
    unit_row{sectors, "S"},
    unit_row{{"k", "kibibyte", kibi}, "KiB"},
    unit_row{{"m", "mebibyte", kibi* kibi}, "MiB"},
    unit_row{{"g", "gibibyte", kibi* kibi* kibi}, "GiB"},
    unit_row{{"t", "tebibyte", kibi* kibi* kibi* kibi}, "TiB"},
    unit_row{{"p", "pebibyte", kibi* kibi* kibi* kibi* kibi}, "PiB"},
    unit_row{{"e", "exbibyte", kibi* kibi* kibi* kibi* kibi* kibi}, "EiB"},
    unit_row{{"K", "kilobyte", kilo}, "kB"},
    unit_row{{"M", "megabyte", kilo* kilo}, "MB"},
    unit_row{{"G", "gigabyte", kilo* kilo* kilo}, "GB"},
    unit_row{{"T", "terabyte", kilo* kilo* kilo* kilo}, "TB"},
    unit_row{{"P", "petabyte", kilo* kilo* kilo* kilo* kilo}, "PB"},
    unit_row{{"E", "exabyte", kilo* kilo* kilo* kilo* kilo* kilo}, "EB"},
};

}  // namespace

std::optional<size_unit> find_unit(std::string_view text) {
  for (const auto& row : rows)
    if (text == row.unit.letter || text == row.other_spelling) return row.unit;
  if (text.size() > 2 && text.ends_with('s')) text.remove_suffix(1);
  if (text.size() < 2) return std::nullopt;
  for (const auto& row : rows)
    if (row.unit.name.starts_with(text)) return row.unit;
  return std::nullopt;
}

std::optional<std::uint64_t> parse_size(std::string_view text, const size_unit& plain) {
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc()) return std::nullopt;
  const std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
  const auto unit = rest.empty() ? plain : find_unit(rest);
  if (!unit) return std::nullopt;
  return pdata::checked_mul(number, unit->bytes);
}

std::string format_size(std::uint64_t bytes, const size_unit& unit) {
  if (bytes % unit.bytes == 0) return fmt::format("{}", bytes / unit.bytes);
  const double size = static_cast<double>(bytes) / static_cast<double>(unit.bytes);
  return size < 0.005 ? fmt::format("{}", size) : fmt::format("{:.2f}", size);
}

}  // namespace thin_tools
