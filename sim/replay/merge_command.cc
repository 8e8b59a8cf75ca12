#include "sim/replay/merge_command.h"

#include <fmt/format.h>

#include "persistent-data/base/error.h"
#include "sim/explore/explore_report.h"
#include "sim/replay/command_files.h"
#include "sim/replay/replay_options.h"
#include "sim/replay/sweep_outputs.h"
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
    {0, "html", argument::required, "FILE", "write a page with tables and plots"},
    {0, "junit", argument::required, "FILE", "write the outcome as JUnit XML"},
    replay::allow_row,
    {'q', "quiet", argument::none, "", "print no table"},
};

constexpr thin_tools::command_syntax syntax{
    .name = "thin_sim merge",
    .summary = "join JSON reports of thin_sim replay or explore",
    .operands = "REPORT...",
    .options = options,
};

int merge_explorations(const command_line& line, const std::vector<report::json_input>& inputs) {
  for (const char* of_replays : {"csv", "html", "junit"})
    if (line.has(of_replays))
      throw thin_tools::usage_error(
          fmt::format("--{} is about replays, not explorations", of_replays));
  std::vector<explore::explore_report> reports;
  for (const auto& input : inputs)
    reports.push_back(explore::report_from_json(input.name, input.text));
  const auto merged = explore::merge_reports(std::move(reports));
  if (const auto path = line.value("json"))
    thin_tools::write_output_file(replay::json_role, *path, explore::to_json(merged));
  thin_tools::print(stdout, explore::to_text(merged));
  return merged.is_good() ? thin_tools::exit_good : thin_tools::exit_bad;
}

int run(const command_line& line) {
  const report::run_clock clock;
  const auto allowed = replay::allowed_of(line);
  std::vector<report::json_input> inputs;
  replay::passes held;
  try {
    replay::admit_files(line, "text", held);
    for (const auto& path : line.operands()) inputs.push_back({path, read_text_file(path)});
    if (inputs.empty()) throw thin_tools::usage_error("No report given.");
    if (explore::is_explore_report(inputs.front().text)) return merge_explorations(line, inputs);
    return replay::finish_sweep(line, {"merged report", report::merge_reports(inputs)},
                                {.allowed = allowed}, {}, syntax.name);
  } catch (const pdata::error& e) {
    const auto path = line.value("junit");
    const report::junit_run failed{
        "merge",
        line.operands(),
        {{{"run", "the reports are joined", report::outcome::error, e.what()}}},
        clock.read()};
    if (path)
      thin_tools::write_output_file(replay::junit_role, *path, report::to_junit({&failed, 1}));
    throw;
  }
}

}  // namespace

const thin_tools::command thin_sim_merge_command{&syntax, run};

}  // namespace sim
