#include "sim/report/stored_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "persistent-data/base/error.h"
#include "sim/report/json_report.h"

namespace sim::report {

namespace {

[[noreturn]] void not_a_report(const std::string& name, std::string_view why) {
  throw pdata::error(fmt::format("'{}' is not a report of thin_sim replay: {}", name, why));
}

bool is_string(const json& object, const char* key) {
  return object.is_object() && object.contains(key) && object[key].is_string();
}

std::string text_of(const json& object, const char* key) {
  return is_string(object, key) ? object[key].get<std::string>() : std::string();
}

bool are_strings(const json& list) {
  return list.is_array() &&
         std::ranges::all_of(list, [](const json& item) { return item.is_string(); });
}

// What the readers take for granted about a report.
void check_report(const json& report, const std::string& name) {
  if (!is_string(report, "format") || report["format"] != report_format)
    not_a_report(name, "its format is another one");
  if (!report.contains("version") || report["version"] != report_version)
    not_a_report(name, fmt::format("expected version {}", report_version));
  if (!is_string(report, "name")) not_a_report(name, "it has no name");
  for (const char* key : {"values", "settings"})
    if (!report.contains(key) || !report[key].is_object())
      not_a_report(name, fmt::format("it has no {}", key));
  for (const auto& [key, value] : report["values"].items())
    if (!value.is_number() && !value.is_null())
      not_a_report(name, fmt::format("{} is no number", key));
  for (const auto& [key, value] : report["settings"].items())
    if (!value.is_string()) not_a_report(name, fmt::format("setting {} is no text", key));
}

outcome outcome_of_name(std::string_view name) {
  for (const auto result : {outcome::passed, outcome::allowed, outcome::failed})
    if (name == name_of(result)) return result;
  return outcome::error;
}

// Version 1.0.0 wrote no verdict.
verdict verdict_without(const json& report, const std::set<std::string>& allowed) {
  verdict found;
  found.checks.push_back(check_of("agreement", "data and metadata agree with the model",
                                  text_of(report, "disagreement"), allowed));
  if (!report.contains("expectations") || !report["expectations"].is_array()) return found;
  for (const auto& expected : report["expectations"]) {
    const auto expression = text_of(expected, "expression");
    const bool holds = expected.is_object() && expected.value("holds", json(false)) == json(true);
    found.checks.push_back(check_of("unmet-expectations", expression,
                                    holds ? "" : fmt::format("'{}' does not hold", expression),
                                    allowed));
  }
  return found;
}

}  // namespace

stored_sweep read_sweep(const json_input& input) {
  json document = json::parse(input.text, nullptr, false);
  if (document.is_discarded()) not_a_report(input.name, "it is not JSON");
  if (!document.is_object()) not_a_report(input.name, "it is no object");
  stored_sweep sweep;
  if (is_string(document, "format") && document["format"] == sweep_format) {
    if (!document.contains("reports") || !document["reports"].is_array())
      not_a_report(input.name, "the sweep has no reports");
    for (json& report : document["reports"]) sweep.reports.push_back(std::move(report));
    if (document.contains("variants")) {
      if (!are_strings(document["variants"])) not_a_report(input.name, "a variant has no name");
      sweep.planned = document["variants"].get<std::vector<std::string>>();
    }
  } else {
    sweep.reports.push_back(std::move(document));
  }
  for (const json& report : sweep.reports) check_report(report, input.name);
  return sweep;
}

std::string report_name(const json& report) { return report["name"].get<std::string>(); }

std::string setting_of(const json& report, const std::string& key) {
  const json& settings = report["settings"];
  return settings.contains(key) ? settings[key].get<std::string>() : "-";
}

std::optional<report_number> value_of(const json& report, std::string_view name) {
  const json& values = report["values"];
  const std::string key(name);
  if (!values.contains(key)) return std::nullopt;
  if (values[key].is_null()) return report_number::of(std::numeric_limits<double>::infinity());
  if (values[key].is_number_unsigned()) return report_number::of(values[key].get<std::uint64_t>());
  return report_number::of(values[key].get<double>());
}

std::vector<std::string> traces_of(const json& report) {
  if (!report.contains("traces") || !are_strings(report["traces"])) return {};
  return report["traces"].get<std::vector<std::string>>();
}

verdict verdict_of(const json& report, const std::set<std::string>& allowed) {
  const bool judged = report.contains("verdict") && report["verdict"].is_object() &&
                      report["verdict"].contains("checks") &&
                      report["verdict"]["checks"].is_array();
  if (!judged) return verdict_without(report, allowed);
  verdict found;
  for (const auto& check : report["verdict"]["checks"]) {
    checked one{text_of(check, "name"), text_of(check, "title"),
                outcome_of_name(text_of(check, "outcome")), text_of(check, "text")};
    if (one.result == outcome::failed && allowed.contains(one.name)) one.result = outcome::allowed;
    found.checks.push_back(std::move(one));
  }
  return found;
}

std::vector<std::string> missing_variants(const stored_sweep& sweep) {
  std::vector<std::string> missing;
  for (const auto& name : sweep.planned)
    if (std::ranges::find(sweep.reports, name, report_name) == sweep.reports.end())
      missing.push_back(name);
  return missing;
}

}  // namespace sim::report
