// Blocks that are read again and again, in small pieces, are better kept by the
// kernel than read past it.
#pragma once

#include "persistent-data/io/block_device.h"

namespace pdata {

// From now on a file or block device is read through the page cache; any other
// device stays as it is.
void read_through_cache(block_device& device);

}  // namespace pdata
