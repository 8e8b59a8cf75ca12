// A thin device as the pool keeps it in memory (Linux 6.1 dm-thin-metadata.c,
// struct dm_thin_device).
#pragma once

#include <cstdint>

#include "persistent-data/base/ids.h"
#include "persistent-data/format/device_details.h"

namespace pdata {

class thin_device {
 public:
  thin_device(device_id device, const device_details& stored, bool is_new)
      : id(device), details(stored), changed(is_new) {}

  device_id id;
  device_details details;
  std::uint32_t open_count = 1;
  bool changed = false;               // since its details were written
  bool aborted_with_changes = false;  // when the pool was last aborted
};

}  // namespace pdata
