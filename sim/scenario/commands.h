// The commands of a scenario. Each is looked at before the scenario begins and
// again when it runs, with the exit statuses in its words known.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "persistent-data/base/error.h"
#include "sim/thin/machine.h"

namespace sim {

// A command that is wrong in itself, whatever the devices say.
class command_error : public pdata::error {
 public:
  using pdata::error::error;
};

struct command_text {
  std::vector<std::string> words;  // the first one is the command's name
  std::optional<std::vector<std::string>> input;
  std::optional<std::string> output_file;
};

struct command_output {
  std::string out;       // standard output
  std::string messages;  // standard error
};

// Returns the exit status.
using action = std::function<int(machine&, command_output&)>;

// Throws command_error.
action prepare_command(const command_text& command);

action prepare_dmsetup(const command_text& command);
action prepare_io(const command_text& command);
action prepare_dd(const command_text& command);

// The kernel's files: limits of devices below /sys/block.
action prepare_cat(const command_text& command);
action prepare_sysfs_write(const std::string& path, const std::string& text);

}  // namespace sim
