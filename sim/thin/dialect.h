// Which version of the targets is simulated.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "persistent-data/base/ids.h"

namespace sim {

enum class dialect : std::uint8_t {
  linux_6_1,   // today's kernel
  first_2011,  // as the document that introduced thin provisioning has it
};

pdata::device_id largest_device_id(dialect speaks);

// As the kernel's kstrtoull in base 10: digits, perhaps after a '+' and before
// one newline; none for anything else, overflow too.
std::optional<std::uint64_t> parse_kernel_number(std::string_view text);

}  // namespace sim
