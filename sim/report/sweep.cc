#include "sim/report/sweep.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <vector>

#include "persistent-data/base/error.h"
#include "sim/report/csv_text.h"
#include "sim/report/json_report.h"
#include "sim/report/report_values.h"
#include "sim/report/stored_report.h"
#include "sim/report/value_text.h"
#include "thin-tools/page/html_table.h"

namespace sim::report {

using namespace thin_tools::page;

namespace {

using cells = std::vector<std::string>;

constexpr std::array<std::string_view, 8> table_values{"data_blocks_max",
                                                       "metadata_blocks_max",
                                                       "provisions",
                                                       "broken_shares",
                                                       "commits",
                                                       "data_write_amplification",
                                                       "metadata_blocks_written",
                                                       "mean_run_blocks"};

// "block-size=64k" before "block-size=128k": runs of digits count as numbers.
bool natural_less(std::string_view a, std::string_view b) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  while (!a.empty() && !b.empty()) {
    if (digit(a.front()) && digit(b.front())) {
      const auto take = [&](std::string_view& text) {
        std::size_t end = 0;
        while (end < text.size() && digit(text[end])) ++end;
        std::string_view number = text.substr(0, end);
        text.remove_prefix(end);
        while (number.size() > 1 && number.front() == '0') number.remove_prefix(1);
        return number;
      };
      const std::string_view x = take(a);
      const std::string_view y = take(b);
      if (x.size() != y.size()) return x.size() < y.size();
      if (x != y) return x < y;
    } else {
      if (a.front() != b.front()) return a.front() < b.front();
      a.remove_prefix(1);
      b.remove_prefix(1);
    }
  }
  return a.size() < b.size();
}

cells setting_names(const std::vector<json>& reports, bool only_different) {
  cells names;
  for (const json& report : reports)
    for (const auto& [key, value] : report["settings"].items())
      if (std::ranges::find(names, key) == names.end()) names.push_back(key);
  if (only_different)
    std::erase_if(names, [&](const std::string& key) {
      return std::ranges::all_of(reports, [&](const json& report) {
        return setting_of(report, key) == setting_of(reports.front(), key);
      });
    });
  return names;
}

}  // namespace

std::string merge_reports(std::span<const json_input> inputs,
                          std::span<const std::string> planned) {
  stored_sweep all;
  all.planned.assign(planned.begin(), planned.end());
  for (const json_input& input : inputs) {
    auto sweep = read_sweep(input);
    for (auto& name : sweep.planned)
      if (std::ranges::find(all.planned, name) == all.planned.end())
        all.planned.push_back(std::move(name));
    for (json& report : sweep.reports) {
      const auto same = std::ranges::find(all.reports, report_name(report), report_name);
      if (same == all.reports.end())
        all.reports.push_back(std::move(report));
      else if (*same != report)
        throw pdata::error(fmt::format("'{}' has another report named '{}' than the files before",
                                       input.name, report_name(report)));
    }
  }
  std::ranges::stable_sort(all.reports, natural_less, report_name);
  std::ranges::stable_sort(all.planned, natural_less);
  json document = {{"format", sweep_format}, {"version", report_version}};
  if (!all.planned.empty()) document["variants"] = all.planned;
  document["reports"] = std::move(all.reports);
  return document.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

namespace {

checked missing_check(const stored_sweep& sweep, const std::set<std::string>& allowed) {
  const auto missing = missing_variants(sweep);
  std::string text;
  if (!missing.empty())
    text = fmt::format("{} of {} variants of the sweep have no report: {}", missing.size(),
                       sweep.planned.size(), fmt::join(missing, ", "));
  return check_of("missing-shards", "every variant of the sweep has a report", text, allowed);
}

}  // namespace

verdict judge_sweep(const json_input& document, const sweep_rules& rules) {
  const auto sweep = read_sweep(document);
  verdict found;
  for (const json& report : sweep.reports) {
    for (auto& check : verdict_of(report, rules.allowed).checks) {
      if (!check.text.empty() && !report_name(report).empty())
        check.text = fmt::format("{}: {}", report_name(report), check.text);
      found.checks.push_back(std::move(check));
    }
  }
  if (!rules.is_shard) found.checks.push_back(missing_check(sweep, rules.allowed));
  return found;
}

std::vector<junit_run> junit_runs(const json_input& document, const sweep_rules& rules,
                                  const run_times& times) {
  const auto sweep = read_sweep(document);
  std::vector<junit_run> runs;
  const run_time now = run_clock().read();
  const auto time_of = [&](const std::string& name) {
    const auto found = times.find(name);
    return found == times.end() ? now : found->second;
  };
  for (const json& report : sweep.reports)
    runs.push_back({report_name(report), traces_of(report), verdict_of(report, rules.allowed),
                    time_of(report_name(report))});
  if (rules.is_shard || sweep.planned.empty()) return runs;
  const auto traces = runs.empty() ? std::vector<std::string>() : runs.front().traces;
  runs.push_back({"the whole sweep", traces, {{missing_check(sweep, rules.allowed)}}, time_of("")});
  return runs;
}

html_table comparison_of(const json_input& document) {
  const std::vector<json> reports = read_sweep(document).reports;
  const cells settings = setting_names(reports, true);
  html_table table{{"name"}, {}};
  table.head.insert(table.head.end(), settings.begin(), settings.end());
  for (const auto value : table_values) table.head.push_back(fmt::format("#{}", value));
  table.head.emplace_back("verdict");
  for (const json& report : reports) {
    cells line{report_name(report)};
    for (const std::string& key : settings) line.push_back(setting_of(report, key));
    for (const std::string_view value : table_values) {
      const auto found = value_of(report, value);
      line.push_back(found ? value_text(*found, "") : "-");
    }
    line.emplace_back(verdict_of(report, {}).good() ? "good" : "FAILED");
    table.rows.push_back(std::move(line));
  }
  return table;
}

std::string comparison_table(const json_input& document) {
  const auto table = comparison_of(document);
  return table.rows.empty() ? "no reports\n" : aligned_table(table);
}

std::string comparison_csv(const json_input& document) {
  const std::vector<json> reports = read_sweep(document).reports;
  const cells settings = setting_names(reports, false);
  cells head{"name"};
  head.insert(head.end(), settings.begin(), settings.end());
  for (const value_row& row : value_rows()) head.emplace_back(row.name);
  std::string text = csv_line(head);
  for (const json& report : reports) {
    cells line{report_name(report)};
    for (const std::string& key : settings) line.push_back(setting_of(report, key));
    for (const value_row& row : value_rows()) {
      const auto found = value_of(report, row.name);
      line.push_back(found ? plain_text(*found) : "");
    }
    text += csv_line(line);
  }
  return text;
}

}  // namespace sim::report
