#include "thin-tools/page/html_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "thin-tools/page/markup.h"

namespace thin_tools::page {

namespace {

// Names of values are long; they may break after each word.
std::string breakable(const std::string& markup) {
  std::string text;
  for (const char c : markup) {
    text += c;
    if (c == '_') text += "<wbr>";
  }
  return text;
}

std::string cell_html(std::string_view tag, bool number, std::string_view text,
                      std::string_view label = {}) {
  const auto labelled = label.empty() ? "" : fmt::format(" data-label=\"{}\"", escaped(label));
  return fmt::format("<{0}{1}{2}>{3}</{0}>", tag, number ? " class=\"n\"" : "", labelled,
                     tag == "th" ? breakable(escaped(text)) : escaped(text));
}

}  // namespace

std::string table_html(const html_table& shown) {
  constexpr std::size_t many = 8;  // do not fit side by side but on a wide screen
  std::string html = fmt::format("<div{}><table><thead><tr>",
                                 shown.broad || shown.head.size() > many ? " class=\"many\"" : "");
  std::vector<bool> numbers;
  for (const std::string& head : shown.head) {
    const bool number = head.starts_with('#');
    numbers.push_back(number);
    html += cell_html("th", number, std::string_view(head).substr(number ? 1 : 0));
  }
  html += "</tr></thead><tbody>\n";
  for (const auto& row : shown.rows) {
    html += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto head = std::string_view(shown.head[i]).substr(numbers[i] ? 1 : 0);
      html += cell_html("td", numbers[i], row[i], head);
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

std::string aligned_table(const html_table& shown) {
  std::vector<std::size_t> widths;
  std::vector<bool> numbers;
  auto lines = shown.rows;
  auto& head = *lines.insert(lines.begin(), shown.head);
  for (auto& name : head) {
    numbers.push_back(name.starts_with('#'));
    if (numbers.back()) name.erase(0, 1);
  }
  for (const auto& line : lines) {
    widths.resize(std::max(widths.size(), line.size()));
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  }
  std::string text;
  for (const auto& line : lines) {
    std::string row;
    for (std::size_t i = 0; i < line.size(); ++i)
      row += (i == 0 ? "" : "  ") + (numbers[i] ? fmt::format("{:>{}}", line[i], widths[i])
                                                : fmt::format("{:<{}}", line[i], widths[i]));
    row.erase(row.find_last_not_of(' ') + 1);
    text += row + "\n";
  }
  return text;
}

}  // namespace thin_tools::page
