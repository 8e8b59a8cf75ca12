// Gives ranges of a device or file back: discards on block devices, holes in
// files.
#pragma once

#include <cstdint>

#include "thin-tools/files/data_device.h"

namespace thin_tools {

// What a device says of its discards, in bytes. Files: a grain of 1, no limit.
struct discard_limits {
  std::uint64_t granularity = 1;
  std::uint64_t bytes_max = 0;  // of one request
};

// Throws error if the device cannot discard.
discard_limits read_discard_limits(const data_device& device);

class discarder {
 public:
  discarder(const data_device& device, const discard_limits& limits)
      : device_(device), limits_(limits) {}

  // Discards what lies inside the range in whole grains, in requests within the
  // limits. Returns the number of bytes discarded. Throws error.
  std::uint64_t discard(std::uint64_t begin, std::uint64_t end) const;

 private:
  void discard_piece(std::uint64_t offset, std::uint64_t bytes) const;

  const data_device& device_;
  discard_limits limits_;
};

}  // namespace thin_tools
