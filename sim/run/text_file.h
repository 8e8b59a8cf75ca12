// Small text files, read whole.
#pragma once

#include <string>

#include "thin-tools/gate/gate.h"

namespace sim {

// Throws pdata::error naming the file and the reason.
std::string read_text_file(const std::string& path);
std::string read_text_file(const thin_tools::pass& admitted);

}  // namespace sim
