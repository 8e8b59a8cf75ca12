#include "sim/replay/replay_command.h"

#include "sim/replay/replay_options.h"
#include "sim/replay/replay_run.h"
#include "sim/report/text_summary.h"
#include "thin-tools/report/output.h"

namespace sim {

namespace {

using thin_tools::command_line;

const thin_tools::command_syntax syntax{
    .name = "thin_sim replay",
    .summary = "replay block traces through a pool, verify and report",
    .operands = "TRACE...",
    .options = replay::replay_option_rows(),
};

int run(const command_line& line) {
  const auto settings = replay::parse_settings(line);
  const bool quiet = line.has("quiet");
  const auto report = replay::run_replay(settings, {.shows_progress = !quiet});
  if (!quiet) thin_tools::print(stdout, report::text_summary(report));
  return replay::is_good(report) ? thin_tools::exit_good : thin_tools::exit_bad;
}

}  // namespace

const thin_tools::command thin_sim_replay_command{&syntax, run};

}  // namespace sim
