// Text inside XML and HTML.
#pragma once

#include <string>
#include <string_view>

namespace thin_tools::page {

// Escapes & < > " and '. Control characters, which XML does not allow, and
// bytes that are no UTF-8 become U+FFFD.
std::string escaped(std::string_view text);

}  // namespace thin_tools::page
