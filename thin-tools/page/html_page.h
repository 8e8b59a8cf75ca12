// A report as one page for a browser. It fetches nothing, so it can be mailed, archived by
// CI or opened from a disk.
#pragma once

#include <string>
#include <string_view>

namespace thin_tools::page {

// The page around its body. `charts` and `maps`: JSON for the page's script, safe inside a
// script element (script_data).
std::string page_html(std::string_view title, std::string_view body, std::string_view charts,
                      std::string_view maps);

inline constexpr std::string_view no_charts = "{\"end\":0,\"charts\":[]}";
inline constexpr std::string_view no_maps = "[]";

// JSON with what would end a script element written otherwise.
std::string script_data(std::string_view json);

// A number of the page's head, with a word above and one below.
std::string tile_html(std::string_view label, std::string_view value, std::string_view more);

}  // namespace thin_tools::page
