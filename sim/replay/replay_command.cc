#include "sim/replay/replay_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "sim/replay/replay_options.h"
#include "sim/replay/replay_run.h"
#include "sim/replay/sweep_plan.h"
#include "sim/replay/sweep_runner.h"
#include "sim/report/text_summary.h"
#include "thin-tools/console/output.h"
#include "thin-tools/files/output_file.h"

namespace sim {

namespace {

using thin_tools::command_line;
using thin_tools::usage_error;

constexpr std::uint64_t jobs_max = 1024;

const thin_tools::command_syntax syntax{
    .name = "thin_sim replay",
    .summary = "replay block traces through a pool, verify and report",
    .operands = "TRACE...",
    .options = replay::replay_option_rows(),
};

int sweep(const command_line& line) {
  for (const char* of_one_run : {"html", "junit", "save-metadata"})
    if (line.has(of_one_run))
      throw usage_error(std::string("--") + of_one_run + " is about one run, not a sweep");
  auto variants = replay::plan_sweep(line.values("sweep"));
  if (const auto shard = line.value("shard"))
    variants = replay::choose_shard(std::move(variants), *shard);
  std::vector<replay::replay_settings> all;
  for (const auto& v : variants) {
    auto& settings = all.emplace_back(
        replay::parse_settings(command_line(syntax, replay::arguments_of(v, line))));
    settings.name = v.name;
    settings.reproduction += "." + std::to_string(all.size());
  }
  const auto jobs =
      line.number("jobs", jobs_max).value_or(std::max(1U, std::thread::hardware_concurrency()));
  const auto outcome =
      replay::run_sweep(all, static_cast<unsigned>(std::max<std::uint64_t>(jobs, 1)));
  const report::json_input merged{"sweep", report::merge_reports(outcome.reports)};
  if (const auto path = line.value("json"))
    thin_tools::write_output_file("JSON report", *path, merged.text);
  if (const auto path = line.value("csv"))
    thin_tools::write_output_file("CSV report", *path, report::comparison_csv(merged));
  if (!line.has("quiet")) thin_tools::print(stdout, report::comparison_table(merged));
  return outcome.good ? thin_tools::exit_good : thin_tools::exit_bad;
}

int run(const command_line& line) {
  if (line.has("sweep")) return sweep(line);
  if (line.has("shard")) throw usage_error("--shard is a part of a sweep: --sweep is missing");
  const auto settings = replay::parse_settings(line);
  const bool quiet = line.has("quiet");
  const auto report = replay::run_replay(settings, {.shows_progress = !quiet});
  if (!quiet) thin_tools::print(stdout, report::text_summary(report));
  const auto failures = replay::failures(report);
  for (const auto& failure : failures)
    thin_tools::print(stderr, fmt::format("{}: {}\n", syntax.name, failure));
  return failures.empty() ? thin_tools::exit_good : thin_tools::exit_bad;
}

}  // namespace

const thin_tools::command thin_sim_replay_command{&syntax, run};

}  // namespace sim
