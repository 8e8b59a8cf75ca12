#include "sim/disk/disk_spec.h"

#include <fmt/format.h>

#include <cctype>
#include <charconv>
#include <optional>
#include <string_view>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"

namespace sim {

namespace {

constexpr std::uint64_t largest_bytes = INT64_MAX;

std::optional<std::uint64_t> unit_of(std::string_view suffix) {
  if (suffix.empty()) return 1;
  if (suffix.size() != 1) return std::nullopt;
  switch (std::tolower(static_cast<unsigned char>(suffix[0]))) {
    case 's':
      return sector_bytes;
    case 'k':
      return std::uint64_t{1} << 10;
    case 'm':
      return std::uint64_t{1} << 20;
    case 'g':
      return std::uint64_t{1} << 30;
    case 't':
      return std::uint64_t{1} << 40;
    case 'p':
      return std::uint64_t{1} << 50;
    default:
      return std::nullopt;
  }
}

std::optional<sector> parse_size(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc()) return std::nullopt;
  const auto unit = unit_of(text.substr(static_cast<std::size_t>(end - text.data())));
  if (!unit) return std::nullopt;
  const auto bytes = pdata::checked_mul(number, *unit);
  if (!bytes || *bytes > largest_bytes || *bytes % sector_bytes != 0) return std::nullopt;
  return *bytes / sector_bytes;
}

thin_tools::pass disk_pass(const std::string& role, const std::string& path) {
  return thin_tools::admit({role, path, thin_tools::use::write});
}

}  // namespace

std::unique_ptr<backing> open_disk_spec(const std::string& spec, const std::string& role) {
  if (spec.starts_with("mem:")) {
    const auto size = parse_size(std::string_view(spec).substr(4));
    if (!size)
      throw pdata::error(
          fmt::format("'{}' is not a device: expected mem:SIZE with a size like 8m", spec));
    return std::make_unique<memory_backing>(*size);
  }
  const auto colon = spec.rfind(':');
  if (colon != std::string::npos && colon != 0)
    if (const auto size = parse_size(std::string_view(spec).substr(colon + 1)))
      return std::make_unique<file_backing>(disk_pass(role, spec.substr(0, colon)), *size);
  return std::make_unique<file_backing>(disk_pass(role, spec));
}

}  // namespace sim
