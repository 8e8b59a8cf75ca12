#include "sim/disk/fault_plan.h"

namespace sim {

int fault_plan::strike(io_kind kind, sector first, sector count) {
  int errno_value = 0;
  for (auto& [rule, seen] : faults_) {
    if (rule.kind && *rule.kind != kind) continue;
    // A flush has no place of its own: every range holds it.
    if (kind != io_kind::flush && (first >= rule.end || first + count <= rule.first)) continue;
    ++seen;
    if (seen >= rule.from_request && seen - rule.from_request < rule.count && errno_value == 0)
      errno_value = rule.errno_value;
  }
  return errno_value;
}

}  // namespace sim
