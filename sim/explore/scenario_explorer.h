// Every crash of one scenario: its commands are carried out once, and each moment
// of them is examined. A violation's scenario is shrunk: commands go as long as
// the rest still breaks the same invariant.
#pragma once

#include <string>

#include "sim/explore/explore_report.h"
#include "sim/run/machine_options.h"

namespace sim::explore {

struct scenario_settings {
  std::string file;
  variables set;
  disk_specs disks;  // mem:SIZE only; without any, /dev/meta of 64 MiB and /dev/data of 1 GiB
  dialect_choice speaks;
  virtual_time no_space_timeout = 60 * one_second;
  sector torn_sectors = 1;
  crash_options crashes;
  std::set<invariant> expected;
  bool keeps_going = false;
};

// Throws pdata::error for what is no scenario, and for one that crashes cannot be
// explored of: without a pool or with several, or with external origins.
explored explore_scenario(const scenario_settings& settings);

}  // namespace sim::explore
