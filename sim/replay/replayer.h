// Replays a trace on a pool: virtual time follows the trace, every read is
// compared with what was written, and snapshots, crashes and the rest take
// place on the way.
#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "sim/replay/proven_parts.h"
#include "sim/replay/replay_settings.h"
#include "sim/replay/report_collector.h"
#include "sim/replay/request_runner.h"
#include "sim/replay/result_examiner.h"
#include "sim/replay/schedule.h"
#include "sim/replay/testbed.h"

namespace sim::replay {

// Written by the replay, read by whoever shows it.
struct replay_progress {
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> bytes{0};
  std::atomic<std::uint64_t> total_bytes{0};  // 0: not known
};

class replayer {
 public:
  // What it does is logged, if there is a log.
  replayer(const replay_settings& settings, pool_plan plan, replay_progress& progress,
           action_log* log = nullptr);

  // Replays all of it. What does not agree ends it and is in the report. Throws
  // pdata::error for a trace that cannot be read or does not fit the devices.
  report::replay_report run(trace::trace_reader& reader);

  // Afterwards: what the pool left.
  backing& metadata_contents() const { return bed_.metadata_contents(); }
  const std::optional<disagreement>& stopped_by() const { return stopped_by_; }
  setup_lines setup_commands() const { return bed_.setup_commands(); }
  // Before and while it runs.
  testbed& bed() { return bed_; }
  std::uint64_t nr_requests() const { return number_; }

 private:
  struct snapshot_set {
    virtual_time taken = 0;
    std::vector<replayed_device> members;
    std::uint64_t mapped = 0;  // blocks, when they were taken
  };

  model_rules rules() const;
  thin_target& target_of(const replayed_device& device) const;
  report_collector::volume_state volumes() const;
  report::layout_point layout() const;
  void add_device(const thin_place& thin);
  void find_base(replayed_device& device);
  std::optional<std::size_t> choose_device(const std::string& traced);
  std::optional<std::size_t> make_device(const std::string& traced);
  std::size_t device_for(std::uint32_t traced, const trace::trace_reader& reader);
  void replay(trace::trace_reader& reader);
  void one(const trace::io_request& request, const trace::trace_reader& reader);
  void on_device(std::size_t device, const trace::io_request& request);
  void wrapped(std::size_t device, trace::io_request request);
  void note_heat(std::size_t device, const trace::io_request& request);
  void count(const trace::io_request& request);
  void pass_time(virtual_time until);
  void advance_to(virtual_time time);
  void step();
  void keep(const appointment& due);
  void take_snapshots(virtual_time time);
  void delete_oldest(virtual_time time);
  void delete_beyond(const retention& rule, virtual_time time);
  void delete_set(std::size_t number, virtual_time time);
  void trim(virtual_time time);
  void crash(virtual_time time);
  void grow(virtual_time time);
  void check_commit(const commit_notice& commit);
  class direct_reader;
  bool begin_proof(const replayed_device& device, const direct_reader& reader);
  void verify_all(replayed_device& device);
  void verify_snapshot(replayed_device& snapshot);
  void end(virtual_time time);
  void examine();
  void list_devices(expected_result& expected) const;

  const replay_settings& settings_;
  replay_progress& progress_;
  action_log* log_;
  report::replay_report report_;
  std::unique_ptr<proven_parts> proven_;  // null: nothing is known from earlier reads
  testbed bed_;
  request_runner runner_;
  report_collector collector_;
  schedule schedule_;
  std::deque<replayed_device> devices_;
  mutable std::vector<thin_target*> targets_;       // of the devices; null: not looked up yet
  std::vector<std::optional<std::size_t>> routes_;  // by the trace's device
  std::size_t first_free_ = 0;  // devices before it are meant by name, or have a route
  std::deque<snapshot_set> snapshots_;
  std::vector<written_map> held_discards_;  // by device: for the next fstrim
  pdata::device_id next_snapshot_ = 0;
  std::uint64_t number_ = 0;  // of the request
  std::uint64_t commits_ = 0;
  std::optional<std::string> commit_problem_;
  std::optional<disagreement> stopped_by_;
};

}  // namespace sim::replay
