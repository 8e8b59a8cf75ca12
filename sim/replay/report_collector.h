// Fills the report while the replay goes on: samples, highest use, events, and
// the pool's own counters.
#pragma once

#include <functional>

#include "sim/replay/testbed.h"
#include "sim/report/replay_report.h"
#include "sim/report/series_recorder.h"

namespace sim::replay {

class report_collector {
 public:
  // What the volumes map, and how it lies; asked at samples.
  struct volume_state {
    std::vector<std::uint64_t> mapped;   // by each volume
    std::uint64_t mapped_by_others = 0;  // snapshots
  };
  struct volume_view {
    std::function<volume_state()> state;
    std::function<report::layout_point()> layout;
  };

  report_collector(testbed& bed, report::replay_report& report, volume_view volumes);

  // Before each request: cheap.
  void sample(virtual_time time) {
    if (recorder_.due(time)) add_sample(time);
  }
  // The highest use; at each commit.
  void note_use();
  // After each step: records what the pool has raised events for. True if it is
  // short of space.
  bool watch(virtual_time time);
  void add_event(virtual_time time, std::string text);
  void add_mark(virtual_time time, report::mark_kind kind);
  // After a crash events are counted anew.
  void restarted() {
    seen_events_ = bed_.event_number();
    seen_mode_ = bed_.pool_of().mode();
  }
  // Lookups that the verification made, not the trace.
  void set_aside(const pool_counters& before);
  // The totals, while the pool is still there.
  void finish(virtual_time time);

 private:
  void add_sample(virtual_time time);
  void measure_layout(virtual_time time);
  report::series_point point(virtual_time time) const;
  std::string event_text() const;
  std::string trouble() const;
  std::uint64_t data_blocks_used() const;
  std::uint64_t metadata_blocks_used() const;

  testbed& bed_;
  report::replay_report& report_;
  volume_view volumes_;
  std::uint64_t changes_measured_ = 0;
  report::series_recorder recorder_;
  std::uint32_t seen_events_ = 0;
  std::uint64_t other_lookups_ = 0;
  std::uint64_t other_unmapped_reads_ = 0;
  pool_mode seen_mode_ = pool_mode::write;
};

}  // namespace sim::replay
