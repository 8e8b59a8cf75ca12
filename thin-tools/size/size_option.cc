#include "thin-tools/size/size_option.h"

#include <fmt/format.h>

namespace thin_tools {

std::uint64_t size_or_throw(std::string_view option, std::string_view text,
                            const size_unit& plain) {
  if (const auto size = parse_size(text, plain)) return *size;
  throw invalid_value(option, text,
                      fmt::format("expected a size in {}s, or with a unit (64k, 10g)", plain.name));
}

std::uint64_t sectors_or_throw(std::string_view option, std::string_view text) {
  const auto bytes = size_or_throw(option, text, sectors);
  if (bytes % sectors.bytes != 0)
    throw invalid_value(option, text, "not a whole number of sectors");
  return bytes / sectors.bytes;
}

std::optional<std::uint64_t> sectors_option(const command_line& line, std::string_view option) {
  const auto text = line.value(option);
  return text ? std::optional(sectors_or_throw(option, *text)) : std::nullopt;
}

}  // namespace thin_tools
