// The names that dmsetup gives to the kernel: characters that udev does not like are written as
// \xNN. Rules: libdm-common.c of LVM2, in its default mode.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sim {

// None: dmsetup refuses the name (too long, or mangled in part).
std::optional<std::string> mangled(std::string_view name);
// As dmsetup prints it.
std::string unmangled(std::string_view name);

}  // namespace sim
