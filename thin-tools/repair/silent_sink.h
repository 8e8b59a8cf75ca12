// For readers whose findings are drawn from what they could not deliver.
#pragma once

#include "persistent-data/damage/damage.h"

namespace thin_tools {

struct silent_sink : pdata::damage_sink {
  void found(const pdata::damage&) override { any = true; }
  bool any = false;
};

}  // namespace thin_tools
