#include "sim/kernel/kernel_version.h"

#include <algorithm>
#include <iterator>

namespace sim {

namespace {

constexpr std::string_view names[] = {"6.1", "6.12", "7.2", "7.3"};
static_assert(std::size(names) == static_cast<std::size_t>(kernel_version::linux_7_3) + 1);

}  // namespace

std::optional<kernel_version> parse_kernel_version(std::string_view text) {
  const auto* const found = std::ranges::find(names, text);
  if (found == std::end(names)) return std::nullopt;
  return static_cast<kernel_version>(found - std::begin(names));
}

std::string_view to_string(kernel_version version) {
  return names[static_cast<std::size_t>(version)];
}

std::string kernel_version_names() {
  std::string all;
  for (const auto name : names) all += (all.empty() ? "" : ", ") + std::string(name);
  return all;
}

}  // namespace sim
