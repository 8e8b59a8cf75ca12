// What dmsetup prints about devices: status, table, info, ls, targets.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/scenario/commands.h"

namespace sim {

struct dmsetup_report {
  enum class kind : std::uint8_t { status, table, info };

  kind what = kind::status;
  std::vector<std::string> names;  // none: every device
  flush_mode flushing = flush_mode::flush;
  table_slot slot = table_slot::active;
  std::optional<std::string> target;  // only lines of this type

  int print(const machine& on, command_output& to) const;

 private:
  int print_one(const machine& on, const std::string& name, const std::string& prefix,
                command_output& to) const;
};

int print_devices(const machine& on, command_output& to);
int print_target_types(const machine& on, command_output& to);

}  // namespace sim
