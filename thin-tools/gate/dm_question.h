// What the kernel's device mapper says of a device.
#pragma once

#include <cstdint>
#include <string>

namespace thin_tools {

enum class dm_question : std::uint8_t {
  table,   // `dmsetup table`, devices as major:minor
  status,  // `dmsetup status`, for which a pool commits what it has not committed
};

// The answer, a line for each target: first sector, length in sectors, target, its words.
// `device`: as st_rdev. Empty where it is no device of the device mapper, or may not be asked.
std::string ask_dm(std::uint64_t device, dm_question what);

}  // namespace thin_tools
