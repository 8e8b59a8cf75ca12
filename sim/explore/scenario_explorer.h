// Every crash of one scenario: its commands are carried out once, and each moment
// of them is examined. A violation's scenario is shrunk: commands go as long as
// the last one still breaks the same invariant.
#pragma once

#include <optional>
#include <string>

#include "sim/explore/explore_report.h"
#include "sim/run/machine_options.h"

namespace sim::explore {

struct scenario_settings {
  std::string file;
  variables set;
  disk_specs disks;  // mem:SIZE only; without any, /dev/meta of 64 MiB and /dev/data of 1 GiB
  dialect_choice speaks;
  kernel_version kernel = kernel_version::linux_6_1;
  virtual_time no_space_timeout = 60 * one_second;
  sector torn_sectors = 1;
  crash_options crashes;
  std::set<invariant> expected;
  bool keeps_going = false;
};

// Throws pdata::error for what is no scenario, and for one that crashes cannot be
// explored of: without a pool or with several, or with external origins.
explored explore_scenario(const scenario_settings& settings);

struct shrunk_scenario {
  std::string text;
  std::size_t commands = 0;
};
// Of `text`, whose last command breaks the invariant; settings.file is what it is called.
// None: that command does not.
std::optional<shrunk_scenario> shrink_scenario(const scenario_settings& settings,
                                               const std::string& text, invariant broken);

}  // namespace sim::explore
