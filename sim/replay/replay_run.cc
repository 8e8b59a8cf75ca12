#include "sim/replay/replay_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>

#include "persistent-data/base/error.h"
#include "sim/replay/replayer.h"
#include "sim/replay/reproduction.h"
#include "sim/report/csv_text.h"
#include "sim/report/html_page.h"
#include "sim/report/human_numbers.h"
#include "sim/report/json_report.h"
#include "sim/report/junit_report.h"
#include "thin-tools/console/progress_line.h"
#include "thin-tools/files/output_file.h"

namespace sim::replay {

namespace {

constexpr sector copy_step = 2048;

std::string progress_text(const replay_progress& progress,
                          std::chrono::steady_clock::time_point start) {
  const std::chrono::duration<double> past = std::chrono::steady_clock::now() - start;
  const auto requests = progress.requests.load(std::memory_order_relaxed);
  const auto bytes = static_cast<double>(progress.bytes.load(std::memory_order_relaxed));
  const auto total = static_cast<double>(progress.total_bytes.load(std::memory_order_relaxed));
  std::string text =
      fmt::format("replaying: {} requests, {} per second", report::with_separators(requests),
                  report::short_number(static_cast<double>(requests) / past.count()));
  if (total > 0 && bytes > 0 && bytes <= total) {
    const double left = past.count() * (total - bytes) / bytes;
    text += fmt::format(", {:.0f} %, {} left", 100 * bytes / total,
                        report::time_text(static_cast<std::uint64_t>(left) * one_second));
  }
  return text;
}

void save_contents(backing& from, const std::string& path) {
  thin_tools::output_file file(
      thin_tools::admit({"saved metadata", path, thin_tools::use::replace}));
  std::string bytes;
  for (sector at = 0; at < from.size(); at += copy_step) {
    const sector n = std::min(copy_step, from.size() - at);
    bytes.assign(n * pdata::sector_bytes, '\0');
    const auto to = std::as_writable_bytes(std::span(bytes));
    const auto r = from.read(at, n, 0, [&](sector offset, sector count, const content& what) {
      what.copy_to(to.subspan(offset * pdata::sector_bytes, count * pdata::sector_bytes));
    });
    if (!r.ok()) pdata::throw_errno("cannot save the metadata to", path, r.errno_value());
    file.write(bytes);
  }
  file.commit();
}

// Where the scenario is, in words that end the report of the disagreement.
std::string save_reproduction(const replay_settings& settings, const trace_survey* survey,
                              const disagreement& wrong) {
  const auto text = find_reproduction(settings, survey, wrong);
  if (!text) return "; no shorter scenario shows it";
  thin_tools::write_output_file("scenario", settings.reproduction, *text);
  return fmt::format("; '{}' reproduces it", settings.reproduction);
}

void write_outputs(const replay_settings& settings, const report::replay_report& report) {
  using thin_tools::write_output_file;
  const auto& output = settings.output;
  if (output.json) write_output_file("JSON report", *output.json, report::to_json(report));
  if (output.html) write_output_file("HTML report", *output.html, report::to_html(report));
  if (output.csv) write_output_file("CSV report", *output.csv, report::series_csv(report));
  if (output.junit)
    write_output_file("JUnit report", *output.junit,
                      report::to_junit(report, settings.trace.strict));
}

// All that the run opens, compared with each other before anything is.
using passes = std::vector<thin_tools::pass>;

passes admit_files(const replay_settings& settings) {
  passes all;
  for (const auto& path : settings.traces) all.push_back(thin_tools::admit_reading("trace", path));
  if (settings.pool.metadata_file)
    all.push_back(thin_tools::admit_reading("metadata", *settings.pool.metadata_file));
  if (settings.pool.scenario_file)
    all.push_back(thin_tools::admit_reading("text", *settings.pool.scenario_file));
  const auto& output = settings.output;
  const std::pair<const char*, const std::optional<std::string>&> outputs[] = {
      {"JSON report", output.json},
      {"HTML report", output.html},
      {"CSV report", output.csv},
      {"JUnit report", output.junit},
      {"saved metadata", output.save_metadata}};
  for (const auto& [role, path] : outputs)
    if (path) all.push_back(thin_tools::admit({role, *path, thin_tools::use::replace}));
  return all;
}

}  // namespace

report::replay_report run_replay(const replay_settings& settings, const run_options& options) {
  const auto held = admit_files(settings);
  std::optional<trace_survey> survey;
  if (needs_survey(settings.pool)) survey = survey_traces(settings.traces, settings.trace);
  auto plan = plan_pool(settings, survey ? &*survey : nullptr);
  const auto reader = trace::open_traces(settings.traces, settings.trace);
  replay_progress progress;
  replayer replaying(settings, std::move(plan), progress);
  report::replay_report report;
  {
    std::unique_ptr<thin_tools::progress_line> shown;
    if (options.shows_progress)
      shown = std::make_unique<thin_tools::progress_line>(
          [&progress, start = std::chrono::steady_clock::now()] {
            return progress_text(progress, start);
          });
    report = replaying.run(*reader);
  }
  if (const auto& wrong = replaying.stopped_by())
    report.verified.disagreement +=
        save_reproduction(settings, survey ? &*survey : nullptr, *wrong);
  report.name = settings.name;
  report.traces = settings.traces;
  report.trace_format = trace::name_of(reader->format_of(0));
  report.settings = settings.mentions;
  for (const auto& expected : settings.expectations)
    report.expectations.push_back(report::evaluate(expected, report));
  if (settings.output.save_metadata && !replaying.stopped_by())
    save_contents(replaying.metadata_contents(), *settings.output.save_metadata);
  write_outputs(settings, report);
  return report;
}

std::vector<std::string> failures(const report::replay_report& report) {
  std::vector<std::string> all;
  if (!report.verified.disagreement.empty()) all.push_back(report.verified.disagreement);
  for (const auto& outcome : report.expectations)
    if (!outcome.holds)
      all.push_back(fmt::format("'{}' does not hold, it is {}", outcome.expression, outcome.value));
  return all;
}

}  // namespace sim::replay
