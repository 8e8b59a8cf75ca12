// What `thin_sim replay` is asked to do. Sizes are sectors, times virtual
// nanoseconds since the start of the trace.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim/dm/event_loop.h"
#include "sim/replay/retention.h"
#include "sim/report/expectation.h"
#include "sim/run/machine_options.h"
#include "sim/trace/trace_reader.h"

namespace sim::replay {

using pdata::sector;

struct thin_options {
  pdata::device_id id = 0;
  sector size = 0;
};

// The pool and its devices: a table line, or sizes, or a metadata image, or a
// scenario. What is not said follows from the trace.
struct pool_options {
  std::optional<std::string> table;  // "0 LENGTH thin-pool META DATA BLOCK LOW_WATER ..."
  std::vector<thin_options> thins;   // in the order given
  std::optional<sector> thin_size;   // of the devices that are made for the trace's
  std::optional<sector> size;
  std::optional<sector> metadata_size;
  std::optional<sector> block_size;
  std::uint64_t low_water = 0;        // blocks
  std::vector<std::string> features;  // of the table line
  std::optional<std::string> metadata_file;
  std::optional<std::string> scenario_file;
  disk_specs disks;          // of the scenario
  sim::variables variables;  // of the scenario
  kernel_version kernel = kernel_version::linux_6_1;
  dialect_choice speaks;
  virtual_time no_space_timeout = 60 * one_second;
};

// What happens beside the trace.
struct schedule_options {
  std::optional<virtual_time> snapshot_every;
  std::vector<virtual_time> snapshots;             // at these times
  std::vector<pdata::device_id> snapshot_devices;  // empty: all
  std::optional<retention> keep;                   // none: all
  std::optional<virtual_time> delete_every;
  std::optional<virtual_time> fstrim_every;
  std::vector<virtual_time> crashes;
  std::optional<std::uint64_t> crash_states;  // how many are examined at each crash
};

// Somebody looks at what a loss of power may leave at any moment. The data disk takes its time
// for discards, and held data of others before.
struct crash_watching {
  sector torn_sectors = 1;  // that a disk writes whole
};

struct output_options {
  std::optional<std::string> json, html, csv, junit, save_metadata;
};

struct replay_settings {
  std::vector<std::string> traces;
  trace::trace_options trace;
  std::map<std::string, pdata::device_id> device_map;  // the trace's device to the thin one
  std::set<std::string> only;                          // the trace's devices to replay; empty: all
  bool wrap = false;
  bool verify = true;  // reads against what was written
  pool_options pool;
  schedule_options schedule;
  std::optional<crash_watching> watched;
  std::optional<sector> grow;                // by as much at each low water mark
  std::optional<std::uint64_t> check_every;  // commits
  std::vector<report::expectation> expectations;
  std::optional<std::string> baseline;  // a report that expectations are relative to
  std::set<std::string> allowed;        // findings that do not fail the run
  output_options output;
  std::string reproduction = "disagreement.scenario";  // where it goes
  std::string name;                                    // of the run, or the sweep's variant
  std::map<std::string, std::string> mentions;         // options that matter, for the report
};

}  // namespace sim::replay
