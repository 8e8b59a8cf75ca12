#include "thin-tools/page/html_page.h"

#include <fmt/format.h>

#include "thin-tools/page/html_assets.h"
#include "thin-tools/page/markup.h"

namespace thin_tools::page {

std::string page_html(std::string_view title, std::string_view body, std::string_view charts,
                      std::string_view maps) {
  std::string page = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, "
      "initial-scale=1\">\n<title>{}</title>\n"
      "<style>{}</style>\n</head>\n<body>\n<main>\n{}</main>\n",
      escaped(title), page_style, body);
  page += fmt::format("<script type=\"application/json\" id=\"chart-data\">{}</script>\n", charts);
  page += fmt::format("<script type=\"application/json\" id=\"map-data\">{}</script>\n", maps);
  return page + fmt::format("<script>{}</script>\n</body>\n</html>\n", page_script);
}

std::string script_data(std::string_view json) {
  std::string safe;
  for (const char c : json) safe += c == '<' ? "\\u003c" : std::string(1, c);
  return safe;
}

std::string tile_html(std::string_view label, std::string_view value, std::string_view more) {
  return fmt::format("<div class=\"tile\"><span>{}</span><b>{}</b><span>{}</span></div>\n",
                     escaped(label), escaped(value), escaped(more));
}

}  // namespace thin_tools::page
