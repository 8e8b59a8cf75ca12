// linear, zero and error. Rules: Linux 6.1 dm-linear.c, dm-zero.c, dm-target.c.
#pragma once

#include <memory>

#include "sim/dm/target.h"

namespace sim {

std::unique_ptr<target_type> linear_type();
std::unique_ptr<target_type> zero_type();
std::unique_ptr<target_type> error_type();

}  // namespace sim
