// A pool with trees of three levels, made by the transaction engine as the kernel
// makes it, with the history that copy-on-write leaves: the kernel's own images
// are too small to have internal nodes below a root.
#pragma once

#include "persistent-data/io/memory_device.h"

namespace campaign {

// Two devices that share most of their nodes, and one alone.
pdata::memory_device make_deep_pool();

}  // namespace campaign
