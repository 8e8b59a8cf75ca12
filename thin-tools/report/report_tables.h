// The tables of a report's page. Each is "" where there is nothing to tell.
#pragma once

#include <string>
#include <string_view>

#include "thin-tools/report/pool_picture.h"

namespace thin_tools::report {

// Escapes the text. `kind`: a class of the page's style.
std::string paragraph(std::string_view text, std::string_view kind = "soft");

std::string findings_html(const pool_picture& pool);  // and what is lost by them
std::string usage_html(const pool_picture& pool);
// Side by side.
std::string usage_html(const pool_picture& before, const pool_picture& after);
std::string groups_html(const pool_picture& pool);
std::string layout_html(const pool_picture& pool);
std::string ages_html(const pool_picture& pool);
std::string trees_html(const pool_picture& pool);

}  // namespace thin_tools::report
