// Asking before metadata is overwritten.
#pragma once

#include "thin-tools/gate/gate.h"

namespace thin_tools {

// If the file or device begins with a superblock (thin, cache or era),
// asks on standard error whether to go on and reads the answer from standard
// input. Throws error ("Output file not overwritten") unless it begins with y.
void ask_before_overwriting(const pass& output);

}  // namespace thin_tools
