// Device numbers as the kernel's tracing writes them: 12 bits of major number
// above 20 bits of minor number, in text "253,1".
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sim/trace/text_fields.h"

namespace sim::trace {

inline constexpr unsigned minor_bits = 20;

inline std::string device_number_text(std::uint32_t device) {
  return fmt::format("{},{}", device >> minor_bits, device & ((1U << minor_bits) - 1));
}

inline std::optional<std::uint64_t> device_number_of(std::string_view text) {
  const std::size_t comma = text.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  const auto major = decimal(text.substr(0, comma));
  const auto minor = decimal(text.substr(comma + 1));
  if (!major || !minor) return std::nullopt;
  return (*major << minor_bits) + *minor;
}

}  // namespace sim::trace
