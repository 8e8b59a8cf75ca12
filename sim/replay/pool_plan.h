// The pool that a replay runs on, with every size known.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/disk/disk_options.h"
#include "sim/dm/table.h"
#include "sim/replay/replay_settings.h"
#include "sim/replay/trace_survey.h"

namespace sim {
class backing;
}

namespace sim::replay {

struct planned_disk {
  std::string path;
  std::shared_ptr<backing> contents;
  std::string spec;  // how a scenario is told of it: "mem:2097152s"
  disk_options options{};
};

struct pool_plan {
  std::vector<planned_disk> disks;
  // Empty if a scenario makes the pool.
  std::optional<table_line> pool;
  std::vector<thin_options> thins;
  // Of thin devices that are made when the trace first names them; none: none are.
  std::optional<sector> size_of_more_thins;
  bool has_metadata = false;  // thin devices may be there already
  std::string scenario_file;
  std::string scenario_text;
};

// True if sizes are missing that only the trace can tell.
bool needs_survey(const pool_options& wanted);

// The options that would make up for a survey of a trace that can be read only
// once, which people call `trace`. Throws usage_error that names those missing.
void refuse_unknown_sizes(const replay_settings& settings, const std::string& trace);

// Throws usage_error for settings that contradict each other, pdata::error for
// files that cannot be used. `survey` is null where none is needed, or possible.
pool_plan plan_pool(const replay_settings& settings, const trace_survey* survey);

}  // namespace sim::replay
