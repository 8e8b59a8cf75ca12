#include "sim/disk/disk_spec.h"

#include <fmt/format.h>

#include <string_view>

#include "persistent-data/base/error.h"
#include "sim/disk/size_text.h"

namespace sim {

namespace {

thin_tools::pass disk_pass(const std::string& role, const std::string& path) {
  return thin_tools::admit({role, path, thin_tools::use::write});
}

}  // namespace

std::unique_ptr<backing> open_disk_spec(const std::string& spec, const std::string& role) {
  if (spec.starts_with("mem:")) {
    const auto size = parse_sectors(std::string_view(spec).substr(4));
    if (!size)
      throw pdata::error(
          fmt::format("'{}' is not a device: expected mem:SIZE with a size like 8m", spec));
    return std::make_unique<memory_backing>(*size);
  }
  const auto colon = spec.rfind(':');
  if (colon != std::string::npos && colon != 0)
    if (const auto size = parse_sectors(std::string_view(spec).substr(colon + 1)))
      return std::make_unique<file_backing>(disk_pass(role, spec.substr(0, colon)), *size);
  return std::make_unique<file_backing>(disk_pass(role, spec));
}

}  // namespace sim
