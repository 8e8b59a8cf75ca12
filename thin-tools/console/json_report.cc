#include "thin-tools/console/json_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "persistent-data/base/error.h"
#include "thin-tools/console/output.h"

namespace thin_tools {

using json = nlohmann::ordered_json;

std::string json_head(std::string_view format) {
  return fmt::format("\"format\": \"{}\", \"version\": {}", format, json_report_version);
}

std::string error_json(std::string_view tool, std::string_view text) {
  const json document{{"format", "thin-tools error"},
                      {"version", json_report_version},
                      {"tool", std::string(tool)},
                      {"error", std::string(text)}};
  return document.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

void print_json_error(std::string_view tool, std::string_view text) {
  if (is_output_begun()) return;
  try {
    print(stdout, error_json(tool, text));
    flush_output(stdout);
  } catch (const closed_pipe&) {
  } catch (const pdata::error&) {
    // The line on standard error has said what happened.
  }
}

}  // namespace thin_tools
