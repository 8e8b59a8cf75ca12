// New metadata in which each device has the mappings below the nodes that a plan
// lists for it.
//
// The source is read only. Everything is proven before the output is touched:
// nodes are whole, no two of a device hold the same part of it, mappings lie
// within the data device. A device without details gets plain ones.
#pragma once

#include <string>

#include "thin-tools/ll/ll_plan.h"

namespace thin_tools {

struct ll_restore_options {
  std::string source;  // the metadata that the nodes are in
  std::string plan;    // XML; "-": standard input
  std::string output;  // an existing file or device
};

// Throws error. What was decided without being asked goes to `warn`.
void ll_restore(const ll_restore_options& options, const warning_listener& warn);

}  // namespace thin_tools
