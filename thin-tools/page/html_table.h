// Tables of a page, and of a terminal.
#pragma once

#include <string>
#include <vector>

namespace thin_tools::page {

struct html_table {
  std::vector<std::string> head;  // a leading '#' makes a column of numbers
  std::vector<std::vector<std::string>> rows;
  bool broad = false;  // its rows do not fit side by side but on a wide screen
};
std::string table_html(const html_table& shown);
// The same for a terminal: texts start their columns, numbers end theirs.
std::string aligned_table(const html_table& shown);

}  // namespace thin_tools::page
