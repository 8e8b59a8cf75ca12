// Copies and zeroes ranges of devices, as the kernel's kcopyd: a read, then a
// write of what was read. Calls done(ok) when all is written or something
// failed.
#pragma once

#include <functional>

#include "sim/disk/device.h"

namespace sim {

struct device_range {
  device& on;
  sector first;
};

void copy_sectors(const device_range& from, const device_range& to, sector count,
                  std::function<void(bool ok)> done);
void zero_sectors(const device_range& to, sector count, std::function<void(bool ok)> done);

}  // namespace sim
