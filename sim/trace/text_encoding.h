// What text editors and shells of other systems put around text: a byte order mark, and two
// bytes for each character (PowerShell's redirection).
#pragma once

#include <memory>

#include "sim/trace/byte_source.h"

namespace sim::trace {

// The same source; of text that begins with a mark of UTF-8 or UTF-16 without it, in UTF-8.
// Bytes that only happen to begin like a mark of UTF-16 are left alone: at least 8 characters
// of ASCII must follow.
std::unique_ptr<byte_source> as_utf8(std::unique_ptr<byte_source> source);

}  // namespace sim::trace
