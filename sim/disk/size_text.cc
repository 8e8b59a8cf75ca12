#include "sim/disk/size_text.h"

#include <charconv>
#include <string>

#include "persistent-data/base/checked_math.h"

namespace sim {

namespace {

constexpr std::uint64_t largest_bytes = INT64_MAX;
constexpr std::string_view powers = "kmgtpe";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Bytes of a unit; none if there is no such unit.
std::optional<std::uint64_t> unit_of(std::string_view suffix) {
  if (suffix.empty()) return pdata::sector_bytes;
  std::string unit;
  for (const char c : suffix) unit += lower(c);
  if (unit == "b") return 1;
  if (unit == "s") return pdata::sector_bytes;
  const auto power = powers.find(unit.front());
  if (power == std::string_view::npos) return std::nullopt;
  const std::string rest = unit.substr(1);
  if (!rest.empty() && rest != "b" && rest != "ib") return std::nullopt;
  std::uint64_t bytes = 1;
  for (std::size_t i = 0; i <= power; ++i) bytes *= rest == "b" ? 1000 : 1024;
  return bytes;
}

}  // namespace

std::optional<pdata::sector> parse_sectors(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc()) return std::nullopt;
  const auto unit = unit_of(text.substr(static_cast<std::size_t>(end - text.data())));
  if (!unit) return std::nullopt;
  const auto bytes = pdata::checked_mul(number, *unit);
  if (!bytes || *bytes > largest_bytes || *bytes % pdata::sector_bytes != 0) return std::nullopt;
  return *bytes / pdata::sector_bytes;
}

}  // namespace sim
