// striped: chunks that go round several devices. Rules: Linux 6.1 dm-stripe.c.
#pragma once

#include <memory>

#include "sim/dm/target.h"

namespace sim {

std::unique_ptr<target_type> striped_type();

}  // namespace sim
