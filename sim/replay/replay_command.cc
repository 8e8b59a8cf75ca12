#include "sim/replay/replay_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "persistent-data/base/error.h"
#include "sim/replay/command_files.h"
#include "sim/replay/replay_options.h"
#include "sim/replay/replay_run.h"
#include "sim/replay/sweep_outputs.h"
#include "sim/replay/sweep_plan.h"
#include "sim/replay/sweep_runner.h"
#include "sim/replay/trace_survey.h"
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

// CI finds a mistake in the options or files where it looks for results.
void write_refusal_junit(const command_line& line, const std::string& mistake) {
  const auto path = line.value("junit");
  if (!path) return;
  replay::replay_settings settings;
  settings.traces = line.operands();
  settings.name = line.value("name").value_or("");
  const report::junit_run run{settings.name, settings.traces,
                              report::judge(replay::failed_report(settings, mistake)),
                              report::run_clock().read()};
  thin_tools::write_output_file(replay::junit_role, *path, report::to_junit({&run, 1}));
}

std::vector<replay::replay_settings> variants_of(const command_line& line,
                                                 std::span<const replay::variant> variants) {
  std::vector<replay::replay_settings> all;
  for (const auto& v : variants) {
    auto& settings = all.emplace_back(
        replay::parse_settings(command_line(syntax, replay::arguments_of(v, line))));
    settings.name = v.name;
    settings.reproduction += "." + std::to_string(all.size());
    if (const auto once = replay::first_read_once(settings.traces); !once.empty())
      throw usage_error(once + " can be read only once, a sweep reads the trace for each variant");
  }
  return all;
}

int sweep(const command_line& line) {
  if (line.has("save-metadata")) throw usage_error("--save-metadata is about one run, not a sweep");
  auto sweeps = line.values("sweep");
  if (line.has("advise-block-size")) sweeps.emplace_back("block-size=64k,128k,256k,512k,1m");
  auto planned = replay::plan_sweep(sweeps);
  if (const auto name = line.value("name"))
    for (auto& v : planned) v.name = *name + " " + v.name;
  auto chosen = planned;
  if (const auto shard = line.value("shard"))
    chosen = replay::choose_shard(std::move(chosen), *shard);
  const auto all = variants_of(line, chosen);
  const auto jobs =
      line.number("jobs", jobs_max).value_or(std::max(1U, std::thread::hardware_concurrency()));
  const auto ran = replay::run_sweep(all, static_cast<unsigned>(std::max<std::uint64_t>(jobs, 1)));
  std::vector<std::string> names;
  for (const auto& v : planned) names.push_back(v.name);
  return replay::finish_sweep(line, {"sweep", report::merge_reports(ran.reports, names)},
                              {.allowed = {}, .is_shard = line.has("shard")}, ran.times,
                              syntax.name);
}

int replay_one(const command_line& line) {
  if (line.has("shard")) throw usage_error("--shard is a part of a sweep: --sweep is missing");
  const auto settings = replay::parse_settings(line);
  const bool quiet = line.has("quiet");
  const auto report = replay::run_replay(settings, {.shows_progress = !quiet});
  const auto verdict = report::judge(report);
  for (const auto& failure : verdict.failures())
    thin_tools::print(stderr, fmt::format("{}: {}\n", syntax.name, failure));
  if (!quiet && report.error.empty()) thin_tools::print(stdout, report::text_summary(report));
  return verdict.good() ? thin_tools::exit_good : thin_tools::exit_bad;
}

int run(const command_line& line) {
  replay::passes held;
  try {
    replay::admit_files(line, "trace", held);
    return line.has("sweep") || line.has("advise-block-size") ? sweep(line) : replay_one(line);
  } catch (const pdata::error& e) {
    write_refusal_junit(line, e.what());
    throw;
  }
}

}  // namespace

const thin_tools::command thin_sim_replay_command{&syntax, run};

}  // namespace sim
