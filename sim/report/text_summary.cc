#include "sim/report/text_summary.h"

#include <fmt/format.h>

#include <algorithm>

#include "persistent-data/format/block.h"
#include "sim/report/column_words.h"
#include "sim/report/report_values.h"
#include "sim/report/verdict.h"
#include "thin-tools/page/human_numbers.h"

namespace sim::report {

using namespace thin_tools::page;

namespace {

constexpr std::size_t list_lines_max = 12;

// Names come from traces: what a terminal would obey is not shown.
void line(std::string& text, std::string_view label, std::string content) {
  std::ranges::replace_if(
      content, [](unsigned char c) { return c < ' ' || c == 0x7f; }, '?');
  text += fmt::format("  {:<18} {}\n", label, content);
}

double value(const replay_report& report, std::string_view name) {
  return find_value(name)->of(report).as_double();
}

std::string count_and_bytes(std::uint64_t count, std::uint64_t bytes) {
  return fmt::format("{:>14}  {}", with_separators(count), bytes_text(bytes));
}

std::string use(const space_use& space, double percent, std::uint64_t block_bytes) {
  return fmt::format("{} of {} blocks, {} of {}; at most {} ({:.1f} %)",
                     with_separators(space.used), with_separators(space.total),
                     bytes_text(space.used * block_bytes), bytes_text(space.total * block_bytes),
                     with_separators(space.highest), percent);
}

void add_trace(std::string& text, const replay_report& r) {
  text += "Trace\n";
  for (std::size_t i = 0; i < std::min(r.traces.size(), list_lines_max); ++i)
    line(text, "file", r.traces[i]);
  if (r.traces.size() > list_lines_max)
    line(text, "", fmt::format("and {} files more", r.traces.size() - list_lines_max));
  line(text, "read as",
       r.assumed.format_words.empty()
           ? r.assumed.format
           : fmt::format("{}: {}", r.assumed.format, r.assumed.format_words));
  const std::string columns = columns_text(r.assumed);
  if (!columns.empty()) line(text, "columns", columns);
  const auto& counted = r.assumed;
  if (counted.skipped != 0 || counted.damaged != 0)
    line(text, "records",
         fmt::format("{} lines or records: {} replayed, {} passed over (headers, comments, other "
                     "events), {} damaged",
                     with_separators(counted.read), with_separators(counted.used),
                     with_separators(counted.skipped), with_separators(counted.damaged)));
  for (const std::string& note : r.assumed.notes) line(text, "note", note);
}

void add_requests(std::string& text, const replay_report& r) {
  const request_counts& q = r.requests;
  text += "Requests\n";
  line(text, "reads", count_and_bytes(q.reads, q.read_bytes));
  line(text, "writes",
       count_and_bytes(q.writes, q.written_bytes) +
           (q.fua_writes == 0 ? "" : fmt::format(", {} with FUA", with_separators(q.fua_writes))));
  line(text, "discards", count_and_bytes(q.discards, q.discarded_bytes));
  line(text, "flushes", fmt::format("{:>14}", with_separators(q.flushes)));
  if (q.write_zeroes != 0)
    line(text, "write zeroes", fmt::format("{:>14}", with_separators(q.write_zeroes)));
  if (q.failed != 0) line(text, "failed", fmt::format("{:>14}", with_separators(q.failed)));
  if (r.late_records != 0)
    line(text, "late",
         fmt::format("{:>14}  stamped before their predecessor", with_separators(r.late_records)));
}

void add_work(std::string& text, const replay_report& r) {
  const mapping_work& w = r.work;
  const std::uint64_t block = r.block_bytes();
  text += "Mapping\n";
  line(text, "mapped lookups", fmt::format("{:>14}", with_separators(w.mapped_lookups)));
  line(text, "unmapped reads", fmt::format("{:>14}", with_separators(w.unmapped_reads)));
  line(text, "provisions", count_and_bytes(w.provisions, w.provisions * block));
  line(text, "broken shares", count_and_bytes(w.broken_shares, w.broken_shares * block));
  line(text, "zeroed", count_and_bytes(w.zeroed_blocks, w.zeroed_blocks * block));
  line(text, "copied", count_and_bytes(w.copied_blocks, w.copied_blocks * block));
  line(text, "unmapped", count_and_bytes(w.discarded_blocks, w.discarded_blocks * block));
  text += "Writes\n";
  line(text, "data device",
       fmt::format("{}, amplification {:.2f}", bytes_text(w.data_written_bytes),
                   value(r, "data_write_amplification")));
  line(text, "metadata device",
       fmt::format("{} blocks in {} commits, amplification {:.4f}",
                   with_separators(w.metadata_blocks_written), with_separators(w.commits),
                   value(r, "metadata_write_amplification")));
}

void add_space(std::string& text, const replay_report& r) {
  text += "Space\n";
  line(text, "data", use(r.data, value(r, "data_percent"), r.block_bytes()));
  line(text, "metadata", use(r.metadata, value(r, "metadata_percent"), pdata::block_size));
  line(text, "",
       fmt::format("without the {} blocks that the kernel keeps in reserve, which its "
                   "status counts as used; percent with them",
                   with_separators(r.metadata_reserve)));
  if (r.out_of_space_ns != 0) line(text, "out of space", "for " + time_text(r.out_of_space_ns));
  for (std::size_t i = 0; i < std::min(r.devices.size(), list_lines_max); ++i) {
    const device_space& d = r.devices[i];
    line(text, fmt::format("device {}", d.id),
         fmt::format("{} exclusive, {} shared{}", bytes_text(d.exclusive_blocks * r.block_bytes()),
                     bytes_text(d.shared_blocks * r.block_bytes()),
                     d.name.empty() ? "" : fmt::format("  ({})", d.name)));
  }
  if (r.devices.size() > list_lines_max)
    line(text, "", fmt::format("and {} devices more", r.devices.size() - list_lines_max));
  line(text, "runs",
       fmt::format("{} of {:.1f} blocks on average, the longest {}; {:.1f} % of "
                   "neighbours are sequential",
                   with_separators(r.layout.runs), value(r, "mean_run_blocks"),
                   with_separators(r.layout.longest_run), value(r, "sequential_percent")));
}

void add_findings(std::string& text, const replay_report& r) {
  if (!r.status.empty()) text += "Status\n";
  for (std::size_t i = 0; i < std::min(r.status.size(), list_lines_max); ++i)
    line(text, i == 0 ? "pool" : "thin", r.status[i]);
  if (!r.events.empty()) text += "Events\n";
  for (std::size_t i = 0; i < std::min(r.events.size(), list_lines_max); ++i)
    line(text, time_text(r.events[i].time_ns), r.events[i].text);
  if (r.events.size() > list_lines_max)
    line(text, "", fmt::format("and {} more", r.events.size() - list_lines_max));
  if (r.damaged_records != 0) {
    text += fmt::format("Damaged records: {}\n", with_separators(r.damaged_records));
    for (const std::string& problem : r.trace_problems) text += "  " + problem + "\n";
  }
  text += "Verification\n";
  line(text, "reads",
       fmt::format("{}, {} sectors; metadata checked {}", with_separators(r.verified.reads),
                   with_separators(r.verified.sectors), times_text(r.verified.metadata_checks)));
  line(text, "outcome",
       !r.verified.disagreement.empty() ? r.verified.disagreement
       : r.verified.data                ? "everything agrees"
                                        : "the metadata is clean; data was not compared");
  for (const expectation_outcome& expected : r.expectations)
    line(text, expected.holds ? "expected" : "EXPECTED",
         fmt::format("{}: {}", expected.expression,
                     expected.holds ? "holds" : fmt::format("fails, it is {}", expected.value)));
}

void add_verdict(std::string& text, const replay_report& r) {
  const verdict found = judge(r);
  text += found.good() ? "Verdict: good\n" : "Verdict: FAILED\n";
  for (const auto& failure : found.failures()) line(text, "failed", failure);
  for (const auto& let_pass : found.texts(outcome::allowed)) line(text, "allowed", let_pass);
}

}  // namespace

std::string text_summary(const replay_report& r) {
  std::string text =
      fmt::format("{} request{} in {} of virtual time{}\n", with_separators(r.requests.all()),
                  r.requests.all() == 1 ? "" : "s", time_text(r.duration_ns),
                  r.name.empty() ? "" : " (" + r.name + ")");
  add_trace(text, r);
  add_requests(text, r);
  add_work(text, r);
  add_space(text, r);
  add_findings(text, r);
  add_verdict(text, r);
  return text;
}

}  // namespace sim::report
