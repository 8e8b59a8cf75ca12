// A thin device that a pool has in memory.
#pragma once

#include <cstdint>

#include "persistent-data/base/ids.h"
#include "persistent-data/format/device_details.h"

namespace pdata {

// The largest id that the kernel gives a device, though the format has room for
// more (Linux 6.1 dm-thin.c, MAX_DEV_ID).
inline constexpr device_id max_device_id = (1U << 24) - 1;

// A thin device as the pool keeps it in memory (struct dm_thin_device); valid from
// open_device to close_device.
class thin_device {
 public:
  enum class details_are : std::uint8_t { stored, to_be_written };
  thin_device(device_id device, const device_details& details, details_are now)
      : id_(device), details_(details), changed_(now == details_are::to_be_written) {}

  std::uint64_t mapped_blocks() const { return details_.mapped_blocks; }
  bool changed_this_transaction() const { return changed_; }
  bool aborted_changes() const { return aborted_with_changes_; }

 private:
  friend class pool_metadata;

  device_id id_;
  device_details details_;
  std::uint64_t order_ = 0;  // the last one loaded has the largest
  std::uint32_t open_count_ = 1;
  bool changed_ = false;               // since its details were written
  bool aborted_with_changes_ = false;  // when the pool was last aborted
};

}  // namespace pdata
