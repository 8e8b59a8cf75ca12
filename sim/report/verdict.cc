#include "sim/report/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "thin-tools/page/human_numbers.h"

namespace sim::report {

using namespace thin_tools::page;

namespace {

constexpr std::array rows{
    allowance{"nothing-replayed", "a trace without a request"},
    allowance{"damaged-records", "more than 0.1 % of the trace's records unknown or impossible"},
    allowance{"lost-records", "records missing by the trace's own count, or a file cut short"},
    allowance{"failed-requests", "requests that ended with an error"},
    allowance{"out-of-space", "a pool that ran out of data or metadata space"},
    allowance{"unmet-expectations", "expectations that do not hold"},
    allowance{"missing-shards", "merge: variants of the sweep without a report"},
};

std::string counted(std::uint64_t number, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", with_separators(number), number == 1 ? one : many);
}

std::string damage_text(const replay_report& r) {
  const std::uint64_t records = std::max(r.records, r.damaged_records);
  const double share = static_cast<double>(r.damaged_records) / static_cast<double>(records);
  if (r.damaged_records == 0 || share <= damaged_share_max) return {};
  std::string text =
      fmt::format("{} of {} are damaged ({:.2g} %)", with_separators(r.damaged_records),
                  counted(records, "record", "records"), 100 * share);
  if (!r.trace_problems.empty()) text += ": " + r.trace_problems.front();
  return text;
}

std::string loss_text(const replay_report& r) {
  std::string text;
  if (r.lost_records != 0)
    text = counted(r.lost_records, "record of the trace is lost", "records of the trace are lost");
  // A trace of a thousand volumes may have a gap in each.
  constexpr std::size_t most_named = 4;
  const std::span gaps(r.assumed.lost_by_processor);
  const auto named = gaps.first(std::min(gaps.size(), most_named));
  for (const auto& lost : named)
    text += fmt::format("{} {}{}{} on processor {}", &lost == &named.front() ? ":" : ",",
                        with_separators(lost.records), lost.device.empty() ? "" : " of ",
                        lost.device, lost.processor);
  if (const auto others = gaps.subspan(named.size()); !others.empty()) {
    std::uint64_t records = 0;
    for (const auto& lost : others) records += lost.records;
    text += fmt::format(", and {} in {}", with_separators(records),
                        counted(others.size(), "more sequence of a device and a processor",
                                "more sequences, each of a device and a processor"));
  }
  if (r.cut_short != 0)
    text += fmt::format("{}{}", text.empty() ? "" : "; ",
                        counted(r.cut_short, "file of the trace cannot be read to its end",
                                "files of the trace cannot be read to their ends"));
  return text;
}

std::string unmet_text(const expectation_outcome& expected) {
  std::string text =
      fmt::format("'{}' does not hold, it is {}", expected.expression, expected.value);
  if (expected.limit) text += fmt::format(", the limit {}", *expected.limit);
  return text;
}

std::string space_text(const replay_report& r) {
  std::string text;
  if (r.out_of_space_ns != 0)
    text = fmt::format("the pool was out of space for {}", time_text(r.out_of_space_ns));
  if (!r.pool_trouble.empty()) text += (text.empty() ? "" : "; ") + r.pool_trouble;
  return text;
}

}  // namespace

std::span<const allowance> allowances() { return rows; }

bool is_allowance(std::string_view name) {
  return std::ranges::find(rows, name, &allowance::name) != rows.end();
}

std::string allowance_names() {
  std::string list;
  for (const auto& row : rows)
    list += fmt::format("{}{}", list.empty() ? "" : &row == &rows.back() ? " or " : ", ", row.name);
  return list;
}

std::string_view name_of(outcome result) {
  switch (result) {
    case outcome::passed:
      return "passed";
    case outcome::allowed:
      return "allowed";
    case outcome::failed:
      return "failed";
    case outcome::error:
      return "error";
  }
  return "";
}

bool verdict::good() const { return count(outcome::failed) == 0 && count(outcome::error) == 0; }

std::size_t verdict::count(outcome result) const {
  return static_cast<std::size_t>(std::ranges::count(checks, result, &checked::result));
}

std::vector<std::string> verdict::texts(outcome result) const {
  std::vector<std::string> all;
  for (const auto& check : checks)
    if (check.result == result) all.push_back(check.text);
  return all;
}

std::vector<std::string> verdict::failures() const {
  std::vector<std::string> all;
  for (const auto& check : checks)
    if (check.result == outcome::failed || check.result == outcome::error)
      all.push_back(check.text);
  return all;
}

checked check_of(std::string_view name, std::string title, std::string text,
                 const std::set<std::string>& allowed) {
  const auto result = text.empty()                          ? outcome::passed
                      : allowed.contains(std::string(name)) ? outcome::allowed
                                                            : outcome::failed;
  return {std::string(name), std::move(title), result, std::move(text)};
}

verdict judge(const replay_report& r) {
  verdict found;
  if (!r.error.empty()) {
    found.checks.push_back({"run", "the replay comes to its end", outcome::error, r.error});
    return found;
  }
  const auto add = [&](std::string_view name, std::string title, std::string text) {
    found.checks.push_back(check_of(name, std::move(title), std::move(text), r.allowed));
  };
  add("agreement",
      r.verified.data ? "data and metadata agree with the model"
                      : "the metadata is clean (data is not compared)",
      r.verified.disagreement);
  add("nothing-replayed", "the trace has requests",
      r.requests.all() == 0 ? "nothing was replayed: the trace has no request" : "");
  add("damaged-records", "at most 0.1 % of the records are damaged", damage_text(r));
  add("lost-records", "no record of the trace is lost", loss_text(r));
  add("failed-requests", "no request fails",
      r.requests.failed == 0 ? ""
                             : counted(r.requests.failed, "request failed", "requests failed"));
  add("out-of-space", "the pool does not run out of space", space_text(r));
  for (const auto& expected : r.expectations)
    add("unmet-expectations", expected.expression, expected.holds ? "" : unmet_text(expected));
  return found;
}

}  // namespace sim::report
