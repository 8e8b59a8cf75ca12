#include "thin-tools/commands/checked_plan.h"

#include <algorithm>

namespace thin_tools {

void take_over(const time_changes& checked, repair_plan& plan) {
  const auto changes = checked.changes();
  if (changes.empty()) return;
  plan.unproven.push_back("times of mappings were wrong: " + changes);
  plan.guesses.push_back(
      "which of the mappings to blocks that are mapped more than once are right");
  for (const auto& each : checked.raised) {
    const auto device = std::ranges::find(plan.devices, each.device, &recovered_device::id);
    if (device != plan.devices.end()) device->details.snapshotted_time = each.to;
  }
  if (checked.raised_pool_time != 0) plan.superblock.time = checked.raised_pool_time;
}

}  // namespace thin_tools
