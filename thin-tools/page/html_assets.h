// Style and script of the page. Nothing is fetched: fonts are the reader's own.
#pragma once

#include <string_view>

namespace thin_tools::page {

extern const std::string_view page_style;
extern const std::string_view page_script;

}  // namespace thin_tools::page
