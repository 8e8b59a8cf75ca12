// The layout of a record of a binary block trace (linux/blktrace_api.h; version 2 comes with
// BLKTRACESETUP2): what a writer and a reader of traces must agree on.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sim::trace {

// The magic number's low byte is the version.
inline constexpr std::uint32_t blktrace_magic_v1 = 0x65617407;
inline constexpr std::uint32_t blktrace_magic_v2 = 0x65617408;
// Without the payload that may follow. In bytes.
inline constexpr std::size_t blktrace_header_bytes_v1 = 48;
inline constexpr std::size_t blktrace_header_bytes_v2 = 64;

}  // namespace sim::trace
