#include "sim/replay/compare_command.h"

#include "sim/replay/command_files.h"
#include "sim/report/comparison.h"
#include "sim/run/text_file.h"
#include "thin-tools/console/output.h"
#include "thin-tools/files/output_file.h"

namespace sim {

namespace {

using thin_tools::argument;
using thin_tools::command_line;

constexpr thin_tools::option_row options[] = {
    {0, "html", argument::required, "FILE", "write a page with tables and plots"},
    {'q', "quiet", argument::none, "", "print no table"},
};

constexpr thin_tools::command_syntax syntax{
    .name = "thin_sim compare",
    .summary = "compare two JSON reports of thin_sim replay",
    .operands = "OLD NEW",
    .options = options,
};

int run(const command_line& line) {
  if (line.operands().size() != 2) throw thin_tools::usage_error("expected two reports: OLD NEW");
  const auto& names = line.operands();
  replay::passes held;
  replay::admit_files(line, "text", held);
  const report::json_input before{names[0], read_text_file(names[0])};
  const report::json_input after{names[1], read_text_file(names[1])};
  const auto text = report::compare_text(before, after);
  if (const auto path = line.value("html"))
    thin_tools::write_output_file(replay::html_role, *path, report::compare_html(before, after));
  if (!line.has("quiet")) thin_tools::print(stdout, text);
  return thin_tools::exit_good;
}

}  // namespace

const thin_tools::command thin_sim_compare_command{&syntax, run};

}  // namespace sim
