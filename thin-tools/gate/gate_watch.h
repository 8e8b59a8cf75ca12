// Runs of tools at the gate.
#pragma once

#include "thin-tools/gate/gate.h"

namespace thin_tools {

// While one is there, whatever is let in stays: what is read and closed again is compared with
// what is written later. For a run of a tool.
class gate_watch {
 public:
  gate_watch();
  ~gate_watch();
  gate_watch(const gate_watch&) = delete;
  gate_watch& operator=(const gate_watch&) = delete;
};

}  // namespace thin_tools
