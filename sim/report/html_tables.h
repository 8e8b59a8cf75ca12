// The tables of the page.
#pragma once

#include <string>
#include <vector>

#include "sim/report/replay_report.h"

namespace sim::report {

struct html_table {
  std::vector<std::string> head;  // a leading '#' makes a column of numbers
  std::vector<std::vector<std::string>> rows;
};
std::string table_html(const html_table& shown);
// The same for a terminal: texts start their columns, numbers end theirs.
std::string aligned_table(const html_table& shown);

std::string expectations_html(const replay_report& report);  // "" without any
std::string tables_html(const replay_report& report);

}  // namespace sim::report
