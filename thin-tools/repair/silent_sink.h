// For readers whose findings are drawn from what they could not deliver.
#pragma once

#include "persistent-data/damage/damage_sinks.h"

namespace thin_tools {

using pdata::silent_sink;

}  // namespace thin_tools
