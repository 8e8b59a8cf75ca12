#include "sim/replay/merge_command.h"

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
    .summary = "join JSON reports of thin_sim replay and compare them",
    .operands = "REPORT...",
    .options = options,
};

int run(const command_line& line) {
  std::vector<report::json_input> inputs;
  for (const auto& path : line.operands()) inputs.push_back({path, read_text_file(path)});
  if (inputs.empty()) throw thin_tools::usage_error("No report given.");
  const report::json_input merged{"merged report", report::merge_reports(inputs)};
  if (const auto path = line.value("json")) thin_tools::write_output_file(*path, merged.text);
  if (const auto path = line.value("csv"))
    thin_tools::write_output_file(*path, report::comparison_csv(merged));
  thin_tools::print(stdout, report::comparison_table(merged));
  return thin_tools::exit_good;
}

}  // namespace

const thin_tools::command thin_sim_merge_command{&syntax, run};

}  // namespace sim
