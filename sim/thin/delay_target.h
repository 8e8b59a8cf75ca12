// delay: what it is asked goes on after some milliseconds, as long as nobody suspends it. Rules:
// Linux 6.1 dm-delay.c.
#pragma once

#include <memory>

#include "sim/dm/target.h"

namespace sim {

std::unique_ptr<target_type> delay_type();

}  // namespace sim
