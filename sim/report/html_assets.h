// Style and script of the page. Nothing is fetched: fonts are the reader's own.
#pragma once

#include <string_view>

namespace sim::report {

extern const std::string_view page_style;
extern const std::string_view page_script;

}  // namespace sim::report
