// Options that the commands of thin_sim share: the disks and variables of a
// scenario, and what a kernel has as a module parameter.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/dm/event_loop.h"
#include "sim/kernel/kernel_version.h"
#include "sim/scenario/script.h"
#include "sim/thin/dialect.h"
#include "thin-tools/console/command_line.h"

namespace sim {

inline constexpr thin_tools::option_row no_space_timeout_row{
    0, "no-space-timeout", thin_tools::argument::required, "SECONDS",
    "how long a full pool queues writes (default 60, 0: always)"};
inline constexpr thin_tools::option_row set_row{0, "set", thin_tools::argument::required,
                                                "NAME=VALUE", "set a variable of the scenario"};
inline constexpr thin_tools::option_row dialect_row{
    0,
    "dialect",
    thin_tools::argument::required,
    "DIALECT",
    "linux-6.1 (default), 2011, or linux-6.1,without=FIX",
    false,
    "linux-6.1 2011"};
inline constexpr thin_tools::option_row kernel_row{0,
                                                   "kernel",
                                                   thin_tools::argument::required,
                                                   "VERSION",
                                                   "6.1 (default), 6.12, 7.2 or 7.3",
                                                   false,
                                                   "6.1 6.12 7.2 7.3"};

// All throw usage_error.
std::optional<virtual_time> no_space_timeout_of(const thin_tools::command_line& line);
kernel_version kernel_of(const thin_tools::command_line& line);
dialect_choice dialect_of(const thin_tools::command_line& line);
// The values of --device in their order: path and specification.
using disk_specs = std::vector<thin_tools::name_and_value>;
disk_specs disks_of(const thin_tools::command_line& line);
variables variables_of(const thin_tools::command_line& line);

}  // namespace sim
