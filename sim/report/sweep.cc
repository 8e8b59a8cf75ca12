#include "sim/report/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "persistent-data/base/error.h"
#include "sim/report/csv_text.h"
#include "sim/report/human_numbers.h"
#include "sim/report/json_report.h"
#include "sim/report/report_values.h"

namespace sim::report {

namespace {

using json = nlohmann::ordered_json;
using cells = std::vector<std::string>;

constexpr std::array<std::string_view, 8> table_values{"data_blocks_max",
                                                       "metadata_blocks_max",
                                                       "provisions",
                                                       "broken_shares",
                                                       "commits",
                                                       "data_write_amplification",
                                                       "metadata_blocks_written",
                                                       "mean_run_blocks"};

[[noreturn]] void not_a_report(const std::string& name, std::string_view why) {
  throw pdata::error(fmt::format("'{}' is not a report of thin_sim replay: {}", name, why));
}

bool is_string(const json& object, const char* key) {
  return object.contains(key) && object[key].is_string();
}

// What the rest of this file takes for granted about a report.
void check_report(const json& report, const std::string& name) {
  if (!report.is_object() || !is_string(report, "format") || report["format"] != report_format)
    not_a_report(name, "its format is another one");
  if (!report.contains("version") || report["version"] != report_version)
    not_a_report(name, fmt::format("expected version {}", report_version));
  if (!is_string(report, "name")) not_a_report(name, "it has no name");
  for (const char* key : {"values", "settings"})
    if (!report.contains(key) || !report[key].is_object())
      not_a_report(name, fmt::format("it has no {}", key));
  for (const auto& [key, value] : report["values"].items())
    if (!value.is_number()) not_a_report(name, fmt::format("{} is no number", key));
  for (const auto& [key, value] : report["settings"].items())
    if (!value.is_string()) not_a_report(name, fmt::format("setting {} is no text", key));
}

std::vector<json> reports_of(const json_input& input) {
  json document = json::parse(input.text, nullptr, false);
  if (document.is_discarded()) not_a_report(input.name, "it is not JSON");
  if (!document.is_object()) not_a_report(input.name, "it is no object");
  std::vector<json> reports;
  if (is_string(document, "format") && document["format"] == sweep_format) {
    if (!document.contains("reports") || !document["reports"].is_array())
      not_a_report(input.name, "the sweep has no reports");
    for (json& report : document["reports"]) reports.push_back(std::move(report));
  } else {
    reports.push_back(std::move(document));
  }
  for (const json& report : reports) check_report(report, input.name);
  return reports;
}

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

std::string name_of(const json& report) { return report["name"].get<std::string>(); }

std::string setting(const json& report, const std::string& key) {
  const json& settings = report["settings"];
  return settings.contains(key) ? settings[key].get<std::string>() : "-";
}

cells setting_names(const std::vector<json>& reports, bool only_different) {
  cells names;
  for (const json& report : reports)
    for (const auto& [key, value] : report["settings"].items())
      if (std::ranges::find(names, key) == names.end()) names.push_back(key);
  if (only_different)
    std::erase_if(names, [&](const std::string& key) {
      return std::ranges::all_of(reports, [&](const json& report) {
        return setting(report, key) == setting(reports.front(), key);
      });
    });
  return names;
}

std::optional<report_number> number(const json& report, std::string_view name) {
  const json& values = report["values"];
  const std::string key(name);
  if (!values.contains(key)) return std::nullopt;
  if (values[key].is_number_unsigned()) return report_number::of(values[key].get<std::uint64_t>());
  return report_number::of(values[key].get<double>());
}

// Texts start their columns, the numbers behind them end theirs.
std::string aligned(const std::vector<cells>& lines, std::size_t text_columns) {
  std::vector<std::size_t> widths(lines.front().size());
  for (const cells& line : lines)
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  std::string table;
  for (const cells& line : lines) {
    std::string row;
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (i != 0) row += "  ";
      row += i < text_columns ? fmt::format("{:<{}}", line[i], widths[i])
                              : fmt::format("{:>{}}", line[i], widths[i]);
    }
    row.erase(row.find_last_not_of(' ') + 1);
    table += row + "\n";
  }
  return table;
}

}  // namespace

std::string merge_reports(std::span<const json_input> inputs) {
  std::vector<json> all;
  for (const json_input& input : inputs) {
    for (json& report : reports_of(input)) {
      const auto same = std::ranges::find(all, name_of(report), name_of);
      if (same == all.end())
        all.push_back(std::move(report));
      else if (*same != report)
        throw pdata::error(fmt::format("'{}' has another report named '{}' than the files before",
                                       input.name, name_of(report)));
    }
  }
  std::ranges::stable_sort(all, natural_less, name_of);
  const json document = {{"format", sweep_format}, {"version", report_version}, {"reports", all}};
  return document.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

std::string comparison_table(const json_input& document) {
  const std::vector<json> reports = reports_of(document);
  if (reports.empty()) return "no reports\n";
  const cells settings = setting_names(reports, true);
  cells head{"name"};
  head.insert(head.end(), settings.begin(), settings.end());
  head.insert(head.end(), table_values.begin(), table_values.end());
  std::vector<cells> lines{head};
  for (const json& report : reports) {
    cells line{name_of(report)};
    for (const std::string& key : settings) line.push_back(setting(report, key));
    for (const std::string_view value : table_values) {
      const auto found = number(report, value);
      line.push_back(found ? value_text(*found, "") : "-");
    }
    lines.push_back(line);
  }
  return aligned(lines, 1 + settings.size());
}

std::string comparison_csv(const json_input& document) {
  const std::vector<json> reports = reports_of(document);
  const cells settings = setting_names(reports, false);
  cells head{"name"};
  head.insert(head.end(), settings.begin(), settings.end());
  for (const value_row& row : value_rows()) head.emplace_back(row.name);
  std::string text = csv_line(head);
  for (const json& report : reports) {
    cells line{name_of(report)};
    for (const std::string& key : settings) line.push_back(setting(report, key));
    for (const value_row& row : value_rows()) {
      const auto found = number(report, row.name);
      line.push_back(found ? plain_text(*found) : "");
    }
    text += csv_line(line);
  }
  return text;
}

}  // namespace sim::report
