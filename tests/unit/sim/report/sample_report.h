// A report with something of everything, for the tests of the writers.
#pragma once

#include <cmath>

#include "sim/report/fragmentation_meter.h"
#include "sim/report/replay_report.h"
#include "sim/report/series_recorder.h"
#include "thin-tools/page/data_map.h"

namespace sim::report {

inline std::vector<series_point> sample_series() {
  series_recorder recorder;
  series_point p;
  constexpr std::uint64_t step_ns = 50'000'000;
  for (std::uint64_t i = 0; i < 12000; ++i) {
    p.time_ns = i * step_ns;
    const double wave = 1 + std::sin(static_cast<double>(i) / 400);
    p.requests += 40 + static_cast<std::uint64_t>(20 * wave);
    p.written_bytes += 400'000;
    const auto provisions = static_cast<std::uint64_t>(4 * wave);
    p.provisions += provisions;
    p.broken_shares += i % 1200 < 300 ? 2 : 0;
    p.data_blocks = 3000 + p.provisions + p.broken_shares - (i > 8000 ? 9000 : 0);
    p.data_total = 60000;
    p.mapped_blocks = p.data_blocks + p.broken_shares;
    p.zeroed_blocks = p.provisions / 2;
    p.copied_blocks = p.broken_shares;
    p.volume_blocks = {p.data_blocks / 2, p.data_blocks / 3};
    p.metadata_blocks = 90 + p.data_blocks / 180;
    p.data_written_bytes += 400'000 + 65536 * (i % 1200 < 300 ? 3 : 1) + 65536 * provisions;
    p.commits += i % 20 == 0;
    p.metadata_blocks_written += i % 20 == 0 ? 14 : 0;
    if (recorder.due(p.time_ns)) recorder.add(p);
  }
  recorder.finish(p);
  return recorder.points();
}

inline std::vector<thin_tools::page::map_cell> sample_map(std::uint64_t nr_blocks) {
  thin_tools::page::data_map_builder map(nr_blocks);
  const auto by = [](bool several) {
    using thin_tools::page::mapped_by;
    return several ? mapped_by::several : mapped_by::one_device;
  };
  for (std::uint64_t b = 0; b < nr_blocks; ++b) {
    if (b < nr_blocks / 3)
      map.block(b, 0, by(b % 7 < 3 && b > nr_blocks / 6));
    else if (b < nr_blocks / 2 && b % 3 != 0)
      map.block(b, 1 + b / 3000 % 7, by(b % 2 == 0));
  }
  return map.finish();
}

inline fragmentation sample_fragmentation() {
  fragmentation_meter meter;
  meter.begin_device();
  std::uint64_t thin = 0;
  std::uint64_t data = 0;
  for (std::uint64_t run = 1; run < 400; ++run) {
    data += 1000;
    for (std::uint64_t i = 0; i < run * run % 197 + 1; ++i) meter.mapping(thin++, data++);
  }
  return meter.finish();
}

inline replay_report sample_report() {
  constexpr std::uint64_t nr_blocks = 60000;
  replay_report r;
  r.name = "nightly <backup> & fsync";
  r.traces = {"ext4-fio.blktrace.0.gz"};
  r.trace_format = "blktrace";
  r.settings = {{"block-size", "64k"}, {"snapshot-every", "10m"}};
  r.block_sectors = 128;
  r.series = sample_series();
  r.volumes = {"thin 0 (253,1)", "thin 1 (253,2)"};
  r.marks = {{120'000'000'000, mark_kind::snapshot}, {240'000'000'000, mark_kind::deletion}};
  r.layout_over_time = {{0, 0, 0}, {100'000'000'000, 1000, 900}, {599'000'000'000, 5000, 3000}};
  r.heat.resize(1);
  r.heat[0].device = "thin 0 (253,1)";
  for (std::uint64_t i = 0; i < 600; ++i) {
    r.heat[0].writes.add(i * 1'000'000'000, i * 2048 % 100'000, 256);
    r.heat[0].reads.add(i * 1'000'000'000, i * 1024 % 50'000, 64);
  }
  const series_point last = r.series.back();
  r.duration_ns = last.time_ns;
  r.requests = {.reads = 300'000,
                .writes = 410'000,
                .discards = 2100,
                .flushes = 9000,
                .write_zeroes = 12,
                .fua_writes = 5200,
                .failed = 3,
                .read_bytes = 20'000'000'000,
                .written_bytes = last.written_bytes,
                .discarded_bytes = 512'000'000};
  r.work = {.mapped_lookups = 680'000,
            .unmapped_reads = 5000,
            .provisions = last.provisions,
            .broken_shares = last.broken_shares,
            .zeroed_blocks = 800,
            .copied_blocks = last.broken_shares,
            .discarded_blocks = 9000,
            .data_written_bytes = last.data_written_bytes,
            .commits = last.commits,
            .metadata_blocks_written = last.metadata_blocks_written};
  r.data = {last.data_blocks, 45'000, nr_blocks};
  r.metadata = {last.metadata_blocks, 330, 4096};
  r.shared_data_blocks = 9000;
  r.snapshots_created = 6;
  r.devices_deleted = 1;
  r.devices = {{0, "253,1", 2'097'152, 16'000, 9000, 7000},
               {1, "snapshot of 0 at 10 min", 2'097'152, 14'000, 5000, 9000}};
  r.layout = sample_fragmentation();
  r.events = {{300'000'000'000, "low water mark reached"}, {420'000'000'000, "pool grown"}};
  r.damaged_records = 2;
  r.trace_problems = {"trace.csv: line 7: not an offset: '<b>'"};
  r.verified = {true, 300'000, 39'000'000, 12, ""};
  r.data_map = sample_map(nr_blocks);
  r.expectations = {{"data_blocks_max <= 70000", 45000, true}, {"commits < 10", 600, false}};
  return r;
}

}  // namespace sim::report
