// Work on a range of blocks between the worker's passes: a block that is being
// filled before it is mapped, or a discard.
#pragma once

#include "sim/thin/pool.h"

namespace sim {

struct new_mapping {
  thin_target* thin = nullptr;
  pdata::thin_block begin = 0;
  pdata::thin_block end = 0;
  pdata::data_block data = 0;
  bio_cell* cell = nullptr;
  mapped_bio* request = nullptr;  // the overwriting write; the discard
  void (*saved_end_io)(bio&) = nullptr;
  bool maybe_shared = false;
  bool breaks_sharing = false;
  unsigned actions = 0;  // to be done before the block can be mapped
  bool failed = false;

  pdata::data_block data_end() const { return data + (end - begin); }
};

}  // namespace sim
