#include "sim/explore/explore_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "persistent-data/base/error.h"

namespace sim::explore {

using nlohmann::ordered_json;

namespace {

// Every number of the counts, with its name.
constexpr std::pair<const char*, std::uint64_t crash_counts::*> crash_numbers[] = {
    {"crash_points", &crash_counts::points},
    {"exhaustive_points", &crash_counts::exhaustive_points},
    {"crash_states", &crash_counts::states},
    {"states_checked_anew", &crash_counts::new_states},
    {"data_pieces", &crash_counts::data_pieces},
    {"leaking_states", &crash_counts::leaking_states},
    {"leaked_metadata_blocks", &crash_counts::leaked_metadata_blocks},
    {"leaked_data_blocks", &crash_counts::leaked_data_blocks},
};

invariant invariant_of(const ordered_json& from) {
  const auto name = from.get<std::string>();
  const auto which = invariant_named(name);
  if (!which) throw pdata::error(fmt::format("no invariant '{}'", name));
  return *which;
}

constexpr std::pair<const char*, explored_kind> kind_names[] = {
    {"histories", explored_kind::histories},
    {"scenario", explored_kind::scenario},
    {"trace", explored_kind::trace},
};

std::string name_of_kind(explored_kind of) {
  for (const auto& [name, kind] : kind_names)
    if (kind == of) return name;
  return {};
}

// Reports of before there were traces do not say it: their scenarios count as histories.
explored_kind kind_of(const ordered_json& part) {
  if (!part.contains("kind")) return explored_kind::histories;
  const auto text = part.at("kind").get<std::string>();
  for (const auto& [name, kind] : kind_names)
    if (text == name) return kind;
  throw pdata::error(fmt::format("no kind '{}'", text));
}

ordered_json moments_to_json(const std::vector<chosen_moments>& moments) {
  ordered_json all = ordered_json::array();
  for (const auto& m : moments)
    all.push_back(
        {{"what", m.what}, {"seen", m.seen}, {"chosen", m.chosen}, {"examined", m.examined}});
  return all;
}

}  // namespace

ordered_json counts_to_json(const search_counts& counts) {
  ordered_json to{{"histories", counts.histories}, {"merged", counts.merged}};
  for (const auto& [name, number] : crash_numbers) to[name] = counts.crashes.*number;
  return to;
}

search_counts counts_from_json(const ordered_json& from) {
  search_counts counts;
  counts.histories = from.at("histories").get<std::uint64_t>();
  counts.merged = from.at("merged").get<std::uint64_t>();
  for (const auto& [name, number] : crash_numbers)
    counts.crashes.*number = from.at(name).get<std::uint64_t>();
  return counts;
}

ordered_json examples_to_json(const std::map<invariant, counterexample>& examples,
                              const search_counts& counts,
                              const std::map<invariant, std::string>& scenarios,
                              const std::set<invariant>& expected) {
  ordered_json all = ordered_json::array();
  for (const auto& [which, e] : examples) {
    ordered_json operations = ordered_json::array();
    for (const auto& op : e.after) operations.push_back(to_string(op));
    const auto count = counts.violations.find(which);
    const auto scenario = scenarios.find(which);
    all.push_back({{"invariant", name_of(which)},
                   {"must_hold", expected.contains(which)},
                   {"detail", e.what.detail},
                   {"history", operations},
                   {"step", e.step},
                   {"moment", e.moment},
                   {"event", e.event},
                   {"state", e.state},
                   {"count", count == counts.violations.end() ? 0 : count->second},
                   {"scenario", scenario == scenarios.end() ? "" : scenario->second}});
  }
  return all;
}

void examples_from_json(const ordered_json& from, explored& to) {
  for (const auto& each : from) {
    const auto which = invariant_of(each.at("invariant"));
    counterexample e;
    e.what = {which, each.at("detail").get<std::string>()};
    for (const auto& text : each.at("history")) {
      const auto op = parse_operation(text.get<std::string>());
      if (!op) throw pdata::error(fmt::format("no operation '{}'", text.get<std::string>()));
      e.after.push_back(*op);
    }
    e.step = each.at("step").get<std::string>();
    e.moment = each.at("moment").get<std::uint64_t>();
    e.event = each.at("event").get<std::string>();
    e.state = each.at("state").get<std::string>();
    to.counts.violations[which] = each.at("count").get<std::uint64_t>();
    to.scenarios[which] = each.at("scenario").get<std::string>();
    to.examples[which] = std::move(e);
  }
}

std::string to_json(const explore_report& report) {
  ordered_json expected = ordered_json::array();
  for (const auto which : report.expected) expected.push_back(name_of(which));
  ordered_json parts = ordered_json::array();
  for (const auto& part : report.parts) {
    ordered_json one{{"kind", name_of_kind(part.of)},
                     {"source", part.source},
                     {"alphabet", part.alphabet},
                     {"depth", part.depth},
                     {"complete", part.is_complete}};
    one.update(counts_to_json(part.counts));
    if (part.of == explored_kind::trace) {
      one["moments"] = moments_to_json(part.moments);
      one["remarks"] = part.remarks;
    }
    one["violations"] =
        examples_to_json(part.examples, part.counts, part.scenarios, report.expected);
    parts.push_back(std::move(one));
  }
  const ordered_json all{
      {"format", report_format},         {"version", report_version},
      {"dialect", report.dialect},       {"sector", report.torn_sectors * sector_bytes},
      {"max_states", report.max_states}, {"expected", expected},
      {"good", report.is_good()},        {"parts", parts}};
  return all.dump(2) + "\n";
}

bool is_explore_report(const std::string& text) {
  const auto all = ordered_json::parse(text, nullptr, false);
  return all.is_object() && all.contains("format") && all["format"] == report_format;
}

explore_report report_from_json(const std::string& source, const std::string& text) try {
  const auto all = ordered_json::parse(text);
  if (all.at("format") != report_format || all.at("version") != report_version)
    throw pdata::error("another format or version");
  explore_report report;
  report.dialect = all.at("dialect").get<std::string>();
  report.torn_sectors = all.at("sector").get<std::uint64_t>() / sector_bytes;
  report.max_states = all.at("max_states").get<std::uint64_t>();
  for (const auto& name : all.at("expected")) report.expected.insert(invariant_of(name));
  for (const auto& one : all.at("parts")) {
    explored part;
    part.of = kind_of(one);
    part.source = one.at("source").get<std::string>();
    part.alphabet = one.at("alphabet").get<std::string>();
    part.depth = one.at("depth").get<std::uint64_t>();
    part.is_complete = one.at("complete").get<bool>();
    part.counts = counts_from_json(one);
    if (one.contains("moments"))
      for (const auto& m : one.at("moments"))
        part.moments.push_back({m.at("what").get<std::string>(), m.at("seen").get<std::uint64_t>(),
                                m.at("chosen").get<std::uint64_t>(),
                                m.at("examined").get<std::uint64_t>()});
    if (one.contains("remarks")) part.remarks = one.at("remarks").get<std::vector<std::string>>();
    examples_from_json(one.at("violations"), part);
    report.parts.push_back(std::move(part));
  }
  return report;
} catch (const std::exception& e) {
  throw pdata::error(fmt::format("'{}' is no report of thin_sim explore: {}", source, e.what()));
}

namespace {

// The shorter one; of equally long ones the first.
void take_example(explored& to, const explored& from, invariant which, const counterexample& e) {
  const auto known = to.examples.find(which);
  if (known != to.examples.end() && known->second.after.size() <= e.after.size()) return;
  to.examples[which] = e;
  const auto scenario = from.scenarios.find(which);
  if (scenario != from.scenarios.end()) to.scenarios[which] = scenario->second;
}

}  // namespace

explore_report merge_reports(std::vector<explore_report> reports) {
  if (reports.empty()) return {};
  explore_report all = std::move(reports.front());
  const auto alike = [&](const explore_report& other) {
    return std::tie(all.dialect, all.torn_sectors, all.max_states, all.expected) ==
           std::tie(other.dialect, other.torn_sectors, other.max_states, other.expected);
  };
  for (std::size_t i = 1; i < reports.size(); ++i) {
    if (!alike(reports[i]))
      throw pdata::error("the reports are of explorations with different options");
    for (auto& part : reports[i].parts) {
      const auto same = [&](const explored& p) {
        return p.of == part.of && p.source == part.source && p.alphabet == part.alphabet;
      };
      const auto known = std::ranges::find_if(all.parts, same);
      if (known == all.parts.end()) {
        all.parts.push_back(std::move(part));
        continue;
      }
      if (part.of != explored_kind::histories)
        throw pdata::error(fmt::format("'{}' is in two of the reports", part.source));
      known->counts.add(part.counts);
      known->depth = std::min(known->depth, part.depth);
      known->is_complete = known->is_complete && part.is_complete;
      for (const auto& [which, e] : part.examples) take_example(*known, part, which, e);
    }
  }
  return all;
}

}  // namespace sim::explore
