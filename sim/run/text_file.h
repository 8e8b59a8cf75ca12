// Small text files, read whole.
#pragma once

#include <string>

namespace sim {

// Throws pdata::error naming the file and the reason.
std::string read_text_file(const std::string& path);

}  // namespace sim
