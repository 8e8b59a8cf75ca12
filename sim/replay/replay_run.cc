#include "sim/replay/replay_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <new>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"
#include "sim/replay/command_files.h"
#include "sim/replay/device_filter.h"
#include "sim/replay/replayer.h"
#include "sim/replay/reproduction.h"
#include "sim/report/comparison.h"
#include "sim/report/csv_text.h"
#include "sim/report/html_page.h"
#include "sim/report/json_report.h"
#include "sim/report/junit_report.h"
#include "sim/report/verdict.h"
#include "sim/run/text_file.h"
#include "thin-tools/console/progress_line.h"
#include "thin-tools/files/output_file.h"
#include "thin-tools/page/human_numbers.h"

namespace sim::replay {

using namespace thin_tools::page;

namespace {

constexpr sector copy_step = 2048;

std::string progress_text(const replay_progress& progress,
                          std::chrono::steady_clock::time_point start) {
  const std::chrono::duration<double> past = std::chrono::steady_clock::now() - start;
  const auto requests = progress.requests.load(std::memory_order_relaxed);
  const auto bytes = static_cast<double>(progress.bytes.load(std::memory_order_relaxed));
  const auto total = static_cast<double>(progress.total_bytes.load(std::memory_order_relaxed));
  std::string text = fmt::format("replaying: {} requests, {} per second", with_separators(requests),
                                 short_number(static_cast<double>(requests) / past.count()));
  if (total > 0 && bytes > 0 && bytes <= total) {
    const double left = past.count() * (total - bytes) / bytes;
    text += fmt::format(", {:.0f} %, {} left", 100 * bytes / total,
                        time_text(static_cast<std::uint64_t>(left) * one_second));
  }
  return text;
}

void save_contents(backing& from, const std::string& path) {
  thin_tools::output_file file(thin_tools::admit({metadata_role, path, thin_tools::use::replace}));
  std::string bytes;
  for (sector at = 0; at < from.size(); at += copy_step) {
    const sector n = std::min<sector>(copy_step, from.size() - at);
    bytes.assign(pdata::to_size(n * pdata::sector_bytes), '\0');
    const auto to = std::as_writable_bytes(std::span(bytes));
    const auto r = from.read(at, n, 0, [&](sector offset, sector count, const content& what) {
      what.copy_to(to.subspan(pdata::to_size(offset * pdata::sector_bytes),
                              pdata::to_size(count * pdata::sector_bytes)));
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

// A JUnit file comes last: it also tells of outputs that could not be written.
void write_outputs(const replay_settings& settings, const report::replay_report& report,
                   const report::run_clock& clock) {
  using thin_tools::write_output_file;
  const auto& output = settings.output;
  if (output.csv) write_output_file(csv_role, *output.csv, report::series_csv(report));
  if (output.html) write_output_file(html_role, *output.html, report::to_html(report));
  if (output.json) write_output_file(json_role, *output.json, report::to_json(report));
  if (!output.junit) return;
  const report::junit_run run{report.name, report.traces, report::judge(report), clock.read()};
  write_output_file(junit_role, *output.junit, report::to_junit({&run, 1}));
}

std::optional<trace_survey> survey_if_needed(const replay_settings& settings) {
  if (!needs_survey(settings.pool)) return std::nullopt;
  if (const auto once = first_read_once(settings.traces); !once.empty()) {
    refuse_unknown_sizes(settings, once);
    return std::nullopt;
  }
  return survey_trace(*open_replayed(settings));
}

void describe(report::replay_report& report, const replay_settings& settings) {
  report.name = settings.name;
  report.traces = settings.traces;
  report.settings = settings.mentions;
  report.allowed = settings.allowed;
}

report::replay_report replay_all(const replay_settings& settings, const run_options& options) {
  const auto survey = survey_if_needed(settings);
  auto plan = plan_pool(settings, survey ? &*survey : nullptr);
  const auto reader = open_replayed(settings);
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
  describe(report, settings);
  report.trace_format = trace::name_of(reader->format_of(0));
  if (const auto& wrong = replaying.stopped_by())
    report.verified.disagreement +=
        save_reproduction(settings, survey ? &*survey : nullptr, *wrong);
  std::map<std::string, double> baseline;
  if (settings.baseline)
    baseline = report::baseline_values({*settings.baseline, read_text_file(*settings.baseline)},
                                       settings.name);
  for (const auto& expected : settings.expectations)
    report.expectations.push_back(report::evaluate(expected, report, baseline));
  if (settings.output.save_metadata && !replaying.stopped_by())
    save_contents(replaying.metadata_contents(), *settings.output.save_metadata);
  return report;
}

}  // namespace

report::replay_report failed_report(const replay_settings& settings, std::string error) {
  report::replay_report report;
  describe(report, settings);
  report.error = std::move(error);
  return report;
}

report::replay_report run_replay(const replay_settings& settings, const run_options& options) {
  const report::run_clock clock;
  report::replay_report report;
  try {
    report = replay_all(settings, options);
  } catch (const std::bad_alloc&) {
    report = failed_report(settings, "out of memory");
  } catch (const std::exception& e) {
    report = failed_report(settings, e.what());
  }
  try {
    write_outputs(settings, report, clock);
  } catch (const std::exception& e) {
    // What is written already must not call the run a success.
    if (report.error.empty()) report.error = e.what();
    for (auto path : {&output_options::csv, &output_options::html, &output_options::json,
                      &output_options::junit}) {
      auto one = settings;
      one.output = {};
      one.output.*path = settings.output.*path;
      try {
        write_outputs(one, report, clock);
      } catch (const std::exception&) {
        // Named already, or as little writable.
      }
    }
  }
  return report;
}

}  // namespace sim::replay
