#include "sim/replay/report_collector.h"

#include <algorithm>

#include "persistent-data/engine/pool.h"

namespace sim::replay {

namespace {

constexpr std::size_t events_kept = 10'000;

std::uint64_t value_or_zero(const pdata::result<std::uint64_t>& number) {
  return number.ok() ? *number : 0;
}

}  // namespace

report_collector::report_collector(testbed& bed, report::replay_report& report, volume_view volumes)
    : bed_(bed), report_(report), volumes_(std::move(volumes)) {
  report_.block_sectors = bed_.pool_of().block_sectors();
  restarted();
  note_use();
}

std::uint64_t report_collector::data_blocks_used() const {
  const auto& metadata = bed_.pool_of().metadata();
  return value_or_zero(metadata.nr_data_blocks()) - value_or_zero(metadata.free_data_blocks());
}

// The status line counts the reserve as used, this does not.
std::uint64_t report_collector::metadata_blocks_used() const {
  const auto& metadata = bed_.pool_of().metadata();
  const auto total = value_or_zero(metadata.nr_metadata_blocks());
  const auto seen_as_used = total - value_or_zero(metadata.free_metadata_blocks());
  return seen_as_used - std::min(seen_as_used, pdata::metadata_reserve(total));
}

void report_collector::note_use() {
  report_.data.highest = std::max(report_.data.highest, data_blocks_used());
  report_.metadata.highest = std::max(report_.metadata.highest, metadata_blocks_used());
}

report::series_point report_collector::point(virtual_time time) const {
  const auto counters = bed_.counters();
  auto volumes = volumes_.state();
  std::uint64_t mapped = volumes.mapped_by_others;
  for (const auto blocks : volumes.mapped) mapped += blocks;
  return {.time_ns = time,
          .data_blocks = data_blocks_used(),
          .data_total = value_or_zero(bed_.pool_of().metadata().nr_data_blocks()),
          .mapped_blocks = mapped,
          .metadata_blocks = metadata_blocks_used(),
          .requests = report_.requests.all(),
          .written_bytes = report_.requests.written_bytes,
          .data_written_bytes = bed_.data_sectors_written() * pdata::sector_bytes,
          .provisions = counters.provisioned_blocks,
          .broken_shares = counters.broken_shares,
          .zeroed_blocks = counters.zeroed_blocks,
          .copied_blocks = counters.copied_blocks,
          .commits = counters.commits,
          .metadata_blocks_written = bed_.metadata_sectors_written() / pdata::block_sectors,
          .volume_blocks = std::move(volumes.mapped)};
}

// The walk over all mappings is made again when a good part of them has changed, so
// that all walks together are a few for each change.
void report_collector::add_sample(virtual_time time) {
  auto now = point(time);
  constexpr std::uint64_t few = 128;
  constexpr std::uint64_t part = 8;
  const auto counters = bed_.counters();
  const auto changes =
      counters.provisioned_blocks + counters.broken_shares + counters.removed_mappings;
  std::uint64_t walked = 0;
  for (const auto blocks : now.volume_blocks) walked += blocks;
  if (changes - changes_measured_ > std::max(few, walked / part)) measure_layout(time);
  recorder_.add(now);
}

void report_collector::measure_layout(virtual_time time) {
  const auto counters = bed_.counters();
  changes_measured_ =
      counters.provisioned_blocks + counters.broken_shares + counters.removed_mappings;
  auto layout = volumes_.layout();
  layout.time_ns = time;
  report_.layout_over_time.push_back(layout);
}

void report_collector::add_mark(virtual_time time, report::mark_kind kind) {
  if (report_.marks.size() < events_kept) report_.marks.push_back({time, kind});
}

std::string report_collector::event_text() const {
  const auto& pool = bed_.pool_of();
  const bool changed = pool.mode() != seen_mode_;
  switch (pool.mode()) {
    case pool_mode::out_of_data_space:
      if (!changed) return "out of data space for too long: writes to new blocks fail";
      return pool.features().error_if_no_space ? "out of data space: writes to new blocks fail"
                                               : "out of data space: writes to new blocks wait";
    case pool_mode::out_of_metadata_space:
      return "out of metadata space: the pool is read-only";
    case pool_mode::read_only:
      return "the pool is read-only: its metadata cannot be changed";
    case pool_mode::fail:
      return "the pool has failed";
    case pool_mode::write:
      break;
  }
  if (changed) return "the pool can be written again";
  const auto& line = bed_.pool_line();
  const auto free = value_or_zero(bed_.pool_of().metadata().free_data_blocks());
  if (const auto mark = line.low_water_blocks(); mark && free <= *mark)
    return "the data device has reached its low water mark";
  return "the metadata device has reached its low water mark";
}

std::string report_collector::trouble() const {
  const auto mode = bed_.pool_of().mode();
  if (mode == pool_mode::out_of_data_space) return "the pool is out of data space at the end";
  if (mode == pool_mode::out_of_metadata_space)
    return "the pool is out of metadata space at the end, and read-only";
  if (bed_.counters().metadata_failures == 0) return {};
  return mode == pool_mode::fail
             ? "the pool has failed: its metadata could not be changed"
             : "the pool gave a transaction up: its metadata device is full or failing";
}

bool report_collector::watch(virtual_time time) {
  const auto events = bed_.event_number();
  if (events == seen_events_) return false;
  seen_events_ = events;
  add_event(time, event_text());
  const auto& pool = bed_.pool_of();
  if (pool.mode() != seen_mode_ && pool.mode() != pool_mode::write)
    add_mark(time, report::mark_kind::out_of_space);
  seen_mode_ = pool.mode();
  const auto mark = bed_.pool_line().low_water_blocks();
  const auto free = value_or_zero(bed_.pool_of().metadata().free_data_blocks());
  return seen_mode_ <= pool_mode::out_of_data_space && mark && free <= *mark;
}

void report_collector::add_event(virtual_time time, std::string text) {
  if (report_.events.size() < events_kept) report_.events.push_back({time, std::move(text)});
}

void report_collector::set_aside(const pool_counters& before) {
  const auto now = bed_.counters();
  other_lookups_ += now.mapped_lookups - before.mapped_lookups;
  other_unmapped_reads_ += now.unmapped_reads - before.unmapped_reads;
}

void report_collector::finish(virtual_time time) {
  note_use();
  measure_layout(time);
  recorder_.finish(point(time));
  report_.series = recorder_.points();
  const auto counters = bed_.counters();
  auto& work = report_.work;
  work.mapped_lookups = counters.mapped_lookups - other_lookups_;
  work.unmapped_reads = counters.unmapped_reads - other_unmapped_reads_;
  work.provisions = counters.provisioned_blocks;
  work.broken_shares = counters.broken_shares;
  work.zeroed_blocks = counters.zeroed_blocks;
  work.copied_blocks = counters.copied_blocks;
  work.discarded_blocks = counters.removed_mappings;
  work.commits = counters.commits;
  work.data_written_bytes = bed_.data_sectors_written() * pdata::sector_bytes;
  work.metadata_blocks_written = bed_.metadata_sectors_written() / pdata::block_sectors;
  const auto& metadata = bed_.pool_of().metadata();
  report_.data.used = data_blocks_used();
  report_.data.total = value_or_zero(metadata.nr_data_blocks());
  report_.metadata.used = metadata_blocks_used();
  report_.metadata.total = value_or_zero(metadata.nr_metadata_blocks());
  report_.metadata_reserve = pdata::metadata_reserve(report_.metadata.total);
  report_.out_of_space_ns = bed_.out_of_space_time();
  report_.pool_trouble = trouble();
}

}  // namespace sim::replay
