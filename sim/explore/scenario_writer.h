// A history in the scenario language, for thin_sim run and for a real kernel.
#pragma once

#include <string>

#include "sim/explore/search.h"

namespace sim::explore {

std::string scenario_of(const pool_setup& setup, const counterexample& example);

}  // namespace sim::explore
