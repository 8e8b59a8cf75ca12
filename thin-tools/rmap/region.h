// Ranges of data blocks as thin_rmap takes them: "BEGIN..END", half open.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "persistent-data/base/ids.h"

namespace thin_tools {

struct region {
  pdata::data_block begin = 0;
  pdata::data_block end = 0;  // > begin

  friend bool operator==(const region&, const region&) = default;
};

// Throws usage_error unless the text is two numbers with two dots between, the
// second above the first.
region parse_region(const std::string& text);

// Sorted, and joined where they overlap or touch.
std::vector<region> join_regions(std::vector<region> regions);

}  // namespace thin_tools
