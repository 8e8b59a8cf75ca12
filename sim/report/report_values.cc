#include "sim/report/report_values.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "persistent-data/format/block.h"

namespace sim::report {

namespace {

using R = const replay_report&;

report_number n(std::uint64_t value) { return report_number::of(value); }

// 0 where there is nothing to relate to.
report_number ratio(double part, double whole, double factor = 1) {
  return report_number::of(whole == 0 ? 0.0 : factor * part / whole);
}
double real(std::uint64_t value) { return static_cast<double>(value); }

constexpr double percent = 100;

std::uint64_t with_reserve(R r) { return r.metadata.highest + r.metadata_reserve; }

// Infinity if the use does not grow.
report_number until_full(R r, std::uint64_t series_point::*field, const space_use& use) {
  if (use.used >= use.total) return report_number::of(0.0);
  const auto half = std::ranges::find_if(
      r.series, [&](const series_point& p) { return p.time_ns >= r.duration_ns / 2; });
  if (half == r.series.end() || use.used <= (*half).*field || half->time_ns >= r.duration_ns)
    return report_number::of(std::numeric_limits<double>::infinity());
  const double seconds = real(r.duration_ns - half->time_ns) / 1e9;
  return report_number::of(real(use.total - use.used) * seconds / real(use.used - (*half).*field));
}

constexpr std::array rows{
    value_row{"duration_s", "s", "virtual time from the first record to the end",
              [](R r) { return ratio(real(r.duration_ns), 1e9); }},
    value_row{"requests", "", "requests replayed", [](R r) { return n(r.requests.all()); }},
    value_row{"reads", "", "read requests", [](R r) { return n(r.requests.reads); }},
    value_row{"writes", "", "write requests", [](R r) { return n(r.requests.writes); }},
    value_row{"discards", "", "discard requests", [](R r) { return n(r.requests.discards); }},
    value_row{"flushes", "", "flush requests", [](R r) { return n(r.requests.flushes); }},
    value_row{"write_zeroes", "", "write-zeroes requests",
              [](R r) { return n(r.requests.write_zeroes); }},
    value_row{"fua_writes", "", "writes with FUA", [](R r) { return n(r.requests.fua_writes); }},
    value_row{"failed_requests", "", "requests that ended with an error",
              [](R r) { return n(r.requests.failed); }},
    value_row{"read_bytes", "bytes", "read by the trace",
              [](R r) { return n(r.requests.read_bytes); }},
    value_row{"written_bytes", "bytes", "written by the trace",
              [](R r) { return n(r.requests.written_bytes); }},
    value_row{"discarded_bytes", "bytes", "discarded by the trace",
              [](R r) { return n(r.requests.discarded_bytes); }},
    value_row{"skipped_records", "", "trace records with nothing to replay",
              [](R r) { return n(r.skipped_records); }},
    value_row{"damaged_records", "", "trace records that are unknown or impossible",
              [](R r) { return n(r.damaged_records); }},
    value_row{"lost_records", "", "trace records missing by the trace's own sequence numbers",
              [](R r) { return n(r.lost_records); }},
    value_row{"late_records", "", "requests stamped before their predecessor",
              [](R r) { return n(r.late_records); }},
    value_row{"mapped_lookups", "", "block accesses that found a mapping",
              [](R r) { return n(r.work.mapped_lookups); }},
    value_row{"unmapped_reads", "", "block reads without a mapping",
              [](R r) { return n(r.work.unmapped_reads); }},
    value_row{"provisions", "blocks", "blocks newly mapped",
              [](R r) { return n(r.work.provisions); }},
    value_row{"broken_shares", "blocks", "shared blocks that a write separated",
              [](R r) { return n(r.work.broken_shares); }},
    value_row{"zeroed_blocks", "blocks", "blocks zeroed before use",
              [](R r) { return n(r.work.zeroed_blocks); }},
    value_row{"copied_blocks", "blocks", "blocks copied to separate them",
              [](R r) { return n(r.work.copied_blocks); }},
    value_row{"discarded_blocks", "blocks", "mappings that discards removed",
              [](R r) { return n(r.work.discarded_blocks); }},
    value_row{"data_written_bytes", "bytes",
              "written to the data device: requests, zeroing and copying",
              [](R r) { return n(r.work.data_written_bytes); }},
    value_row{
        "data_write_amplification", "", "data_written_bytes / written_bytes",
        [](R r) { return ratio(real(r.work.data_written_bytes), real(r.requests.written_bytes)); }},
    value_row{"commits", "", "metadata commits", [](R r) { return n(r.work.commits); }},
    value_row{"metadata_blocks_written", "blocks", "written to the metadata device",
              [](R r) { return n(r.work.metadata_blocks_written); }},
    value_row{"metadata_write_amplification", "",
              "bytes written to the metadata device / written_bytes",
              [](R r) {
                return ratio(real(r.work.metadata_blocks_written * pdata::block_size),
                             real(r.requests.written_bytes));
              }},
    value_row{"block_bytes", "bytes", "data block size of the pool",
              [](R r) { return n(r.block_bytes()); }},
    value_row{"data_blocks", "blocks", "data blocks in use at the end",
              [](R r) { return n(r.data.used); }},
    value_row{"data_blocks_max", "blocks", "highest number of data blocks in use",
              [](R r) { return n(r.data.highest); }},
    value_row{"data_bytes_max", "bytes", "data_blocks_max in bytes",
              [](R r) { return n(r.data.highest * r.block_bytes()); }},
    value_row{"data_blocks_total", "blocks", "data blocks of the pool",
              [](R r) { return n(r.data.total); }},
    value_row{"data_percent", "%", "data_blocks_max / data_blocks_total",
              [](R r) { return ratio(real(r.data.highest), real(r.data.total), percent); }},
    value_row{"seconds_until_full", "s",
              "from the end until the data device is full, as the second half of the time grew",
              [](R r) { return until_full(r, &series_point::data_blocks, r.data); }},
    value_row{"metadata_blocks", "blocks",
              "metadata blocks in use at the end, without the kernel's reserve",
              [](R r) { return n(r.metadata.used); }},
    value_row{"metadata_blocks_max", "blocks",
              "highest number of metadata blocks in use, without the kernel's reserve",
              [](R r) { return n(r.metadata.highest); }},
    value_row{"metadata_reserve_blocks", "blocks",
              "metadata blocks that the kernel keeps back, which its status line counts as used",
              [](R r) { return n(r.metadata_reserve); }},
    value_row{"metadata_blocks_max_with_reserve", "blocks",
              "metadata_blocks_max + metadata_reserve_blocks",
              [](R r) { return n(with_reserve(r)); }},
    value_row{"metadata_bytes_max_with_reserve", "bytes",
              "metadata_blocks_max_with_reserve in bytes",
              [](R r) { return n(with_reserve(r) * pdata::block_size); }},
    value_row{"metadata_blocks_total", "blocks", "metadata blocks of the pool",
              [](R r) { return n(r.metadata.total); }},
    value_row{"metadata_percent", "%", "metadata_blocks_max_with_reserve / metadata_blocks_total",
              [](R r) { return ratio(real(with_reserve(r)), real(r.metadata.total), percent); }},
    value_row{"metadata_seconds_until_full", "s",
              "as seconds_until_full, of the metadata device without the reserve",
              [](R r) {
                auto use = r.metadata;
                use.total -= std::min(use.total, r.metadata_reserve);
                return until_full(r, &series_point::metadata_blocks, use);
              }},
    value_row{"seconds_out_of_space", "s", "time in which the pool could not allocate",
              [](R r) { return ratio(real(r.out_of_space_ns), 1e9); }},
    value_row{"shared_data_blocks", "blocks", "data blocks that several devices map at the end",
              [](R r) { return n(r.shared_data_blocks); }},
    value_row{"devices", "", "thin devices at the end", [](R r) { return n(r.devices.size()); }},
    value_row{"snapshots_created", "", "snapshots taken",
              [](R r) { return n(r.snapshots_created); }},
    value_row{"devices_deleted", "", "thin devices deleted",
              [](R r) { return n(r.devices_deleted); }},
    value_row{"mapped_blocks", "blocks", "mappings of all devices at the end",
              [](R r) { return n(r.layout.mapped_blocks); }},
    value_row{"runs", "", "runs of blocks that follow each other on both devices",
              [](R r) { return n(r.layout.runs); }},
    value_row{"longest_run_blocks", "blocks", "longest such run",
              [](R r) { return n(r.layout.longest_run); }},
    value_row{"mean_run_blocks", "blocks", "mapped_blocks / runs",
              [](R r) { return ratio(real(r.layout.mapped_blocks), real(r.layout.runs)); }},
    value_row{"sequential_percent", "%",
              "of neighbours in a thin device, those that are neighbours on the data device",
              [](R r) {
                return ratio(real(r.layout.sequential_pairs), real(r.layout.adjacent_pairs),
                             percent);
              }},
    value_row{"events", "", "events that the targets raised",
              [](R r) { return n(r.events.size()); }},
    value_row{"crashes", "", "crashes of the simulated machine", [](R r) { return n(r.crashes); }},
    value_row{"verified_reads", "", "reads whose content was verified",
              [](R r) { return n(r.verified.reads); }},
    value_row{"verified_sectors", "sectors", "sectors whose content was verified",
              [](R r) { return n(r.verified.sectors); }},
    value_row{"metadata_checks", "", "full checks of the metadata",
              [](R r) { return n(r.verified.metadata_checks); }},
};

// Edits between two names: one letter more, less or other.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::span<const value_row> value_rows() { return rows; }

const value_row* find_value(std::string_view name) {
  const auto row = std::ranges::find(rows, name, &value_row::name);
  return row == rows.end() ? nullptr : &*row;
}

std::string similar_names(std::string_view name) {
  constexpr std::size_t names_shown = 3;
  constexpr std::size_t name_length_max = 64;
  name = name.substr(0, name_length_max);
  std::vector<std::pair<std::size_t, std::string_view>> ranked;
  for (const value_row& row : rows) ranked.emplace_back(distance(name, row.name), row.name);
  std::ranges::stable_sort(ranked, {}, [](const auto& entry) { return entry.first; });
  std::string list;
  for (std::size_t i = 0; i < names_shown; ++i) {
    if (i != 0) list += ", ";
    list += ranked[i].second;
  }
  return list;
}

}  // namespace sim::report
