#include "sim/thin/dialect.h"

#include <charconv>

#include "persistent-data/engine/pool_metadata.h"

namespace sim {

pdata::device_id largest_device_id(dialect speaks) {
  return speaks == dialect::first_2011 ? UINT32_MAX : pdata::max_device_id;
}

std::optional<std::uint64_t> parse_kernel_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.ends_with('\n')) text.remove_suffix(1);
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace sim
