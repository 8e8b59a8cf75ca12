// The ways in which traces write what a request does: words, the letters of
// the block layer's rwbs field, and SCSI operation codes.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "sim/trace/io_request.h"

namespace sim::trace {

// "read", "Write", "trim", "fsync", ...: any case; none if it is no such word.
std::optional<operation> operation_of_word(std::string_view word);

// Letters as blkparse and the block events print them: [F](R|W|WZ|D|N)[F][A][S]
// [M]..., WZ being write-zeroes of newer kernels. A request of no length with
// the first F is a flush. None if it is no such field, or "N".
std::optional<operation> operation_of_rwbs(std::string_view letters, std::uint64_t nr_sectors);

// READ, WRITE, SYNCHRONIZE CACHE and WRITE SAME in their 6 to 32 byte forms.
// UNMAP is none: its ranges are in a parameter list that traces do not hold.
std::optional<operation> operation_of_scsi(std::uint32_t opcode);

// A field of a text trace: a word, letters, or a SCSI operation code as two
// hexadecimal digits, with or without 0x. Numbers mean what the format says of
// them, which is not known here. `length` is that of the request, in any unit.
std::optional<operation> operation_of_field(std::string_view field, std::uint64_t length);

}  // namespace sim::trace
