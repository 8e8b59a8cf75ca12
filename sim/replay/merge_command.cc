#include "sim/replay/merge_command.h"

#include "sim/explore/explore_report.h"
#include "sim/report/sweep.h"
#include "sim/run/text_file.h"
#include "thin-tools/console/output.h"
#include "thin-tools/files/output_file.h"

namespace sim {

namespace {

using thin_tools::argument;
using thin_tools::command_line;

constexpr thin_tools::option_row options[] = {
    {'o', "json", argument::required, "FILE", "write the joined report"},
    {0, "csv", argument::required, "FILE", "write all settings and values as CSV"},
};

constexpr thin_tools::command_syntax syntax{
    .name = "thin_sim merge",
    .summary = "join JSON reports of thin_sim replay or explore",
    .operands = "REPORT...",
    .options = options,
};

int merge_explorations(const command_line& line, const std::vector<report::json_input>& inputs) {
  if (line.has("csv")) throw thin_tools::usage_error("--csv is about replays, not explorations");
  std::vector<explore::explore_report> reports;
  for (const auto& input : inputs)
    reports.push_back(explore::report_from_json(input.name, input.text));
  const auto merged = explore::merge_reports(std::move(reports));
  if (const auto path = line.value("json"))
    thin_tools::write_output_file("JSON report", *path, explore::to_json(merged));
  thin_tools::print(stdout, explore::to_text(merged));
  return merged.is_good() ? thin_tools::exit_good : thin_tools::exit_bad;
}

int run(const command_line& line) {
  std::vector<report::json_input> inputs;
  std::vector<thin_tools::pass> held;
  for (const auto& path : line.operands()) held.push_back(thin_tools::admit_reading("text", path));
  for (const auto& [role, option] : {std::pair{"JSON report", "json"}, {"CSV report", "csv"}})
    if (const auto path = line.value(option))
      held.push_back(thin_tools::admit({role, *path, thin_tools::use::replace}));
  for (const auto& path : line.operands()) inputs.push_back({path, read_text_file(path)});
  if (inputs.empty()) throw thin_tools::usage_error("No report given.");
  if (explore::is_explore_report(inputs.front().text)) return merge_explorations(line, inputs);
  const report::json_input merged{"merged report", report::merge_reports(inputs)};
  if (const auto path = line.value("json"))
    thin_tools::write_output_file("JSON report", *path, merged.text);
  if (const auto path = line.value("csv"))
    thin_tools::write_output_file("CSV report", *path, report::comparison_csv(merged));
  thin_tools::print(stdout, report::comparison_table(merged));
  return thin_tools::exit_good;
}

}  // namespace

const thin_tools::command thin_sim_merge_command{&syntax, run};

}  // namespace sim
