// Reads bytes as every trace format there is, detected and forced: the entry
// of fuzzers and of the mutation tests.
#pragma once

#include <cstddef>
#include <span>

namespace sim::trace {

// Returns how many requests all formats together found. Nothing escapes: not
// knowing the format is a fine answer.
std::size_t parse_everything(std::span<const std::byte> bytes);

}  // namespace sim::trace
