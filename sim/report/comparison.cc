#include "sim/report/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "persistent-data/base/error.h"
#include "sim/report/block_size_advice.h"
#include "sim/report/html_page.h"
#include "sim/report/html_tables.h"
#include "sim/report/overlay.h"
#include "sim/report/stored_report.h"
#include "sim/report/value_text.h"
#include "thin-tools/page/html_page.h"
#include "thin-tools/page/html_table.h"
#include "thin-tools/page/human_numbers.h"
#include "thin-tools/page/markup.h"

namespace sim::report {

using namespace thin_tools::page;

namespace {

struct compared_pair {
  std::string title;
  json before;
  json after;
};

std::string title_of(const json& report, std::string_view otherwise) {
  return report_name(report).empty() ? std::string(otherwise) : report_name(report);
}

std::vector<compared_pair> pairs_of(const json_input& before, const json_input& after) {
  auto old_sweep = read_sweep(before);
  auto new_sweep = read_sweep(after);
  std::vector<compared_pair> pairs;
  if (old_sweep.reports.size() == 1 && new_sweep.reports.size() == 1) {
    pairs.push_back({fmt::format("{} -> {}", title_of(old_sweep.reports[0], before.name),
                                 title_of(new_sweep.reports[0], after.name)),
                     std::move(old_sweep.reports[0]), std::move(new_sweep.reports[0])});
    return pairs;
  }
  for (auto& report : new_sweep.reports) {
    const auto same = std::ranges::find(old_sweep.reports, report_name(report), report_name);
    if (same != old_sweep.reports.end())
      pairs.push_back({report_name(report), std::move(*same), std::move(report)});
  }
  if (pairs.empty())
    throw pdata::error(
        fmt::format("no report has one name in '{}' and '{}'", before.name, after.name));
  return pairs;
}

std::string percent_text(double before, double after) {
  if (std::isinf(before) || std::isinf(after) || before == 0) return "-";
  return fmt::format("{:+.1f} %", 100 * (after - before) / before);
}

std::string change_text(const report_number& before, const report_number& after) {
  if (!before.whole || !after.whole) {
    const double change = after.as_double() - before.as_double();
    constexpr double four_digits = 1e4;
    if (!std::isfinite(change)) return "-";
    if (std::abs(change) < four_digits) return fmt::format("{:+.4g}", change);
    return (change > 0 ? "+" : "-") + value_text(report_number::of(std::abs(change)), "");
  }
  const bool more = after.integer >= before.integer;
  return (more ? "+" : "-") +
         with_separators(more ? after.integer - before.integer : before.integer - after.integer);
}

// A line for each value that differs: name, before, after, change, percent.
html_table differences(const compared_pair& pair, std::size_t& equal) {
  html_table table{{"value", "#before", "#after", "#change", "#percent"}, {}};
  for (const value_row& row : value_rows()) {
    const auto before = value_of(pair.before, row.name);
    const auto after = value_of(pair.after, row.name);
    if (!before && !after) continue;
    if (before && after && before->as_double() == after->as_double()) {
      ++equal;
      continue;
    }
    const auto text = [](const auto& number) { return number ? value_text(*number, "") : "-"; };
    table.rows.push_back(
        {std::string(row.name), text(before), text(after),
         before && after ? change_text(*before, *after) : "-",
         before && after ? percent_text(before->as_double(), after->as_double()) : "-"});
  }
  return table;
}

std::string verdicts_text(const compared_pair& pair) {
  const auto word = [](const json& report) {
    return verdict_of(report, {}).good() ? "good" : "FAILED";
  };
  return fmt::format("verdict {} -> {}", word(pair.before), word(pair.after));
}

// The body and the plots of a page that grows by sections.
class page_builder {
 public:
  void text(std::string html) { body_ += html; }
  void plots(const std::vector<const json*>& reports, const std::vector<std::string>& labels) {
    auto over = overlay_of(reports, labels);
    body_ += "<div class=\"charts\">\n";
    for (auto& drawn : over.charts) {
      body_ += chart_html(drawn, over.end, {}, charts_.size());
      charts_.push_back(std::move(drawn));
    }
    body_ += "</div>\n";
    end_ = std::max(end_, over.end);
  }
  std::string page(std::string_view title) const {
    return page_html(title, body_, chart_data(charts_, end_), no_maps);
  }

 private:
  std::string body_;
  std::vector<chart> charts_;
  double end_ = 0;
};

}  // namespace

std::string compare_text(const json_input& before, const json_input& after) {
  std::string text;
  for (const auto& pair : pairs_of(before, after)) {
    std::size_t equal = 0;
    const auto table = differences(pair, equal);
    text += fmt::format("{}: {}\n", pair.title, verdicts_text(pair));
    if (!table.rows.empty()) text += aligned_table(table);
    text += fmt::format("{} values are equal\n", equal);
  }
  return text;
}

std::string compare_html(const json_input& before, const json_input& after) {
  page_builder page;
  page.text("<p class=\"soft\">thin_sim compare</p>\n<h1>Two replays compared</h1>\n");
  for (const auto& pair : pairs_of(before, after)) {
    std::size_t equal = 0;
    const auto table = differences(pair, equal);
    const bool good = verdict_of(pair.after, {}).good();
    page.text(fmt::format("<h2>{}</h2>\n<p class=\"verdict {}\">{}</p>\n", escaped(pair.title),
                          good ? "good" : "bad", verdicts_text(pair)));
    if (!table.rows.empty()) page.text(table_html(table));
    page.text(fmt::format("<p class=\"soft\">{} values are equal</p>\n", equal));
    page.plots({&pair.before, &pair.after}, {"before", "after"});
  }
  return page.page("thin_sim compare");
}

std::string sweep_html(const json_input& document, const sweep_rules& rules) {
  const auto sweep = read_sweep(document);
  const auto verdict = judge_sweep(document, rules);
  page_builder page;
  page.text(fmt::format("<p class=\"soft\">thin_sim replay, {} variants</p>\n<h1{}>Sweep{}</h1>\n",
                        sweep.reports.size(), verdict.good() ? "" : " class=\"bad\"",
                        verdict.good() ? "" : ": FAILED"));
  for (const auto& failure : verdict.failures())
    page.text(fmt::format("<p class=\"verdict bad\">{}</p>\n", escaped(failure)));
  for (const auto& let_pass : verdict.texts(outcome::allowed))
    page.text(fmt::format("<p class=\"verdict\">allowed: {}</p>\n", escaped(let_pass)));
  page.text("<h2>Variants</h2>\n" + table_html(comparison_of(document)));
  if (!sweep.reports.empty()) page.text("<h2>In bytes</h2>\n" + table_html(bytes_of(document)));
  std::vector<const json*> reports;
  std::vector<std::string> labels;
  for (const json& report : sweep.reports) {
    reports.push_back(&report);
    labels.push_back(title_of(report, "report"));
  }
  page.text("<h2>Over time</h2>\n");
  page.plots(reports, labels);
  return page.page("thin_sim sweep");
}

std::map<std::string, double> baseline_values(const json_input& input, const std::string& name) {
  const auto sweep = read_sweep(input);
  auto chosen = std::ranges::find(sweep.reports, name, report_name);
  if (chosen == sweep.reports.end() && sweep.reports.size() == 1) chosen = sweep.reports.begin();
  if (chosen == sweep.reports.end())
    throw pdata::error(fmt::format("baseline '{}' has no report named '{}'", input.name, name));
  std::map<std::string, double> values;
  for (const value_row& row : value_rows())
    if (const auto value = value_of(*chosen, row.name))
      values[std::string(row.name)] = value->as_double();
  return values;
}

}  // namespace sim::report
