// A repair plan whose result was checked.
#pragma once

#include "thin-tools/check/result_check.h"
#include "thin-tools/repair/output/repair_plan.h"

namespace thin_tools {

// The plan tells of the times that the check changed: which of the mappings that share data blocks
// are right is guessed then.
void take_over(const time_changes& checked, repair_plan& plan);

}  // namespace thin_tools
