// What a thin device's request carries with it through its pool.
#pragma once

#include "sim/thin/bio_prison.h"
#include "sim/thin/deferred_set.h"

namespace sim {

class thin_target;
struct new_mapping;

struct thin_request {
  thin_target* thin = nullptr;
  deferred_set<new_mapping>::generation* shared_read = nullptr;
  deferred_set<new_mapping>::generation* any_io = nullptr;
  new_mapping* overwrite = nullptr;  // the mapping that this request fills whole
  bio_cell* cell = nullptr;          // of a discard: held until it ends
};

}  // namespace sim
