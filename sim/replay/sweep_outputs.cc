#include "sim/replay/sweep_outputs.h"

#include <fmt/format.h>

#include "sim/replay/command_files.h"
#include "sim/report/block_size_advice.h"
#include "sim/report/comparison.h"
#include "thin-tools/console/command.h"
#include "thin-tools/console/output.h"
#include "thin-tools/files/output_file.h"
#include "thin-tools/page/html_table.h"

namespace sim::replay {

using namespace thin_tools::page;

int finish_sweep(const thin_tools::command_line& line, const report::json_input& merged,
                 const report::sweep_rules& rules, const report::run_times& times,
                 std::string_view command) {
  using thin_tools::write_output_file;
  auto verdict = report::judge_sweep(merged, rules);
  auto runs = report::junit_runs(merged, rules, times);
  const auto output = [&](const char* option, const char* role, const auto& text) {
    const auto path = line.value(option);
    if (!path) return;
    try {
      write_output_file(role, *path, text());
    } catch (const std::exception& e) {
      const report::checked failed{"run", "the outputs are written", report::outcome::error,
                                   e.what()};
      verdict.checks.push_back(failed);
      runs.push_back({"outputs", {}, {{failed}}, report::run_clock().read()});
    }
  };
  output("json", json_role, [&] { return merged.text; });
  output("csv", csv_role, [&] { return report::comparison_csv(merged); });
  output("html", html_role, [&] { return report::sweep_html(merged, rules); });
  output("junit", junit_role, [&] { return report::to_junit(runs); });
  for (const auto& failure : verdict.failures())
    thin_tools::print(stderr, fmt::format("{}: {}\n", command, failure));
  if (!line.has("quiet")) {
    thin_tools::print(stdout, report::comparison_table(merged));
    if (line.has("advise-block-size"))
      thin_tools::print(stdout, "\n" + aligned_table(report::bytes_of(merged)) + "\n" +
                                    report::advice_text(merged));
  }
  return verdict.good() ? thin_tools::exit_good : thin_tools::exit_bad;
}

}  // namespace sim::replay
