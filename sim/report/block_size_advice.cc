#include "sim/report/block_size_advice.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/report/stored_report.h"
#include "thin-tools/page/html_table.h"
#include "thin-tools/page/human_numbers.h"

namespace sim::report {

using namespace thin_tools::page;

namespace {

double number(const json& report, std::string_view name) {
  const auto value = value_of(report, name);
  return value ? value->as_double() : 0;
}

struct cost {
  const char* name;
  const char* words;  // "the least ..."
  double (*of)(const json&);
  bool more_is_better;
};

double in_blocks(const json& r, std::string_view name) {
  return number(r, name) * number(r, "block_bytes");
}

const cost costs[] = {
    {"space", "data space at most", [](const json& r) { return in_blocks(r, "data_blocks_max"); },
     false},
    {"copying", "copied to separate snapshots",
     [](const json& r) { return in_blocks(r, "copied_blocks"); }, false},
    {"zeroing", "zeroed before use", [](const json& r) { return in_blocks(r, "zeroed_blocks"); },
     false},
    {"metadata", "metadata at most",
     [](const json& r) { return 4096 * number(r, "metadata_blocks_max"); }, false},
    {"metadata written", "metadata written",
     [](const json& r) { return 4096 * number(r, "metadata_blocks_written"); }, false},
    {"mean run", "mean run of sequential data",
     [](const json& r) { return in_blocks(r, "mean_run_blocks"); }, true},
};

std::string bytes(double amount) {
  return bytes_text(static_cast<std::uint64_t>(std::llround(std::max(amount, 0.0))));
}

std::string change(double before, double after) {
  if (before == after) return "the same";
  return (after > before ? "+" : "-") + bytes(std::abs(after - before));
}

bool was_replayed(const json& report) { return !report["values"].empty(); }

}  // namespace

html_table bytes_of(const json_input& document) {
  html_table table{{"name", "#block"}, {}};
  for (const auto& c : costs) table.head.push_back(fmt::format("#{}", c.name));
  for (const json& report : read_sweep(document).reports) {
    if (!was_replayed(report)) continue;
    std::vector<std::string> row{report_name(report), bytes(number(report, "block_bytes"))};
    for (const auto& c : costs) row.push_back(bytes(c.of(report)));
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string advice_text(const json_input& document) {
  auto reports = read_sweep(document).reports;
  std::erase_if(reports, [](const json& report) { return !was_replayed(report); });
  if (reports.size() < 2) return {};
  std::ranges::stable_sort(reports, {}, [](const json& r) { return number(r, "block_bytes"); });
  std::string text;
  for (const auto& c : costs) {
    const auto& best = *std::ranges::min_element(
        reports, {}, [&](const json& r) { return c.more_is_better ? -c.of(r) : c.of(r); });
    const bool differs =
        std::ranges::any_of(reports, [&](const json& r) { return c.of(r) != c.of(best); });
    text += differs ? fmt::format("{} {}: {} with blocks of {}\n",
                                  c.more_is_better ? "longest" : "least", c.words,
                                  bytes(c.of(best)), bytes(number(best, "block_bytes")))
                    : fmt::format("{}: {} with every block size\n", c.words, bytes(c.of(best)));
  }
  const auto& small = reports.front();
  const auto& large = reports.back();
  text += fmt::format("from {} to {}:", bytes(number(small, "block_bytes")),
                      bytes(number(large, "block_bytes")));
  for (const auto& c : costs)
    text += fmt::format("{} {} {}", &c == &costs[0] ? "" : ",", c.name,
                        change(c.of(small), c.of(large)));
  return text +
         "\nLarge blocks spend space and copies on what was not written; small ones spend "
         "metadata, "
         "and scatter\nwhat was written together. The figures are this trace's.\n";
}

}  // namespace sim::report
