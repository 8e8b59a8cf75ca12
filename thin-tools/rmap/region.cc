#include "thin-tools/rmap/region.h"

#include "persistent-data/base/range_union.h"
#include "thin-tools/console/command_line.h"

namespace thin_tools {

region parse_region(const std::string& text) {
  const auto refuse = [&](const char* why) {
    throw usage_error("badly formed region '" + text + "' (" + why + ")");
  };
  const std::string_view view = text;
  const auto dots = view.find("..");
  if (dots == std::string_view::npos) refuse("no dots");
  const auto begin = parse_number(view.substr(0, dots));
  const auto end = parse_number(view.substr(dots + 2));
  if (!begin || !end) refuse("couldn't parse numbers");
  if (*end <= *begin) refuse("end <= begin");
  return {*begin, *end};
}

std::vector<region> join_regions(std::vector<region> regions) {
  pdata::unite_ranges(regions);
  return regions;
}

}  // namespace thin_tools
