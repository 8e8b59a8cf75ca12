// What a tool says that goes on after damage, where reads of its input failed.
#pragma once

#include <fmt/format.h>

#include <string>

namespace thin_tools {

// Why it ends with 1: what those reads would have shown is not known. A line; `result` says
// where what could be read is.
inline std::string unread_remark(const std::string& input, const std::string& result) {
  return fmt::format(
      "'{}' could not be read everywhere, hence exit status 1: another read may give more. Copy "
      "it as far as it can be read, and go on with the copy; {} holds what is named here until "
      "then.\n",
      input, result);
}

}  // namespace thin_tools
