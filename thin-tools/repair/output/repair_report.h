// The account of a repair, as text and as JSON.
#pragma once

#include <string>

#include "thin-tools/repair/output/repair_plan.h"

namespace thin_tools {

// Everything: notes, a line or more for each device, what to do next.
std::string full_report(const repair_plan& plan, const std::string& input);

// What was lost, guessed or not proven of the pool, but for what single devices that are kept
// lost: lines; empty if nothing was.
std::string pool_loss_lines(const repair_plan& plan);
// Only what was lost or guessed, for quiet runs; empty if nothing was.
std::string loss_report(const repair_plan& plan, const std::string& input);

std::string report_json(const repair_plan& plan, const std::string& input,
                        const std::string& output);

}  // namespace thin_tools
