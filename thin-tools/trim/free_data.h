// The free ranges of a pool's data device.
#pragma once

#include <functional>

#include "persistent-data/base/ids.h"
#include "persistent-data/io/batch_reader.h"
#include "persistent-data/survey/pool_layout.h"

namespace thin_tools {

struct data_range {  // data blocks, half open
  pdata::data_block begin = 0;
  pdata::data_block end = 0;
};

inline bool join(data_range& open, const data_range& next) {
  if (open.end != next.begin) return false;
  open.end = next.end;
  return true;
}

// Visits the maximal runs of blocks whose reference count is 0, in ascending
// order, up to the end of the data device. By the data space map: the metadata
// must have passed the checker. Throws error if the map cannot be read after
// all.
void for_each_free_range(pdata::batch_reader& reader, const pdata::pool_layout& layout,
                         const std::function<void(const data_range&)>& visit);

}  // namespace thin_tools
