// The variants of a sweep: every combination of the values that --sweep names,
// each as the options of a replay of its own.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "thin-tools/console/command_line.h"

namespace sim::replay {

struct variant {
  std::string name;                    // "block-size=64k keep=3"
  std::vector<std::string> arguments;  // "--block-size=64k", ...
};

// The values of the first sweep vary slowest. Throws usage_error.
std::vector<variant> plan_sweep(std::span<const std::string> sweeps);

// "I/N": every Nth variant from the Ith on, counted from 1. Throws usage_error.
std::vector<variant> choose_shard(std::vector<variant> all, const std::string& shard);

// The arguments of a variant's command line: those of the sweep's, without what
// concerns the sweep as a whole, and its own.
std::vector<std::string> arguments_of(const variant& v, const thin_tools::command_line& line);

}  // namespace sim::replay
