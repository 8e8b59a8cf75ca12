// Records what block devices are asked for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/dm/event_loop.h"
#include "sim/record/kernel_trace.h"
#include "thin-tools/gate/gate.h"

namespace sim::record {

struct record_settings {
  std::vector<std::string> devices;
  std::optional<virtual_time> duration;  // none: until a signal
  std::string debugfs = "/sys/kernel/debug";
  buffer_sizes buffers;
  bool shows_progress = true;
};

struct record_outcome {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::uint64_t dropped = 0;  // records that the kernel had no room for
  unsigned version = 2;       // of the records; the lowest of all devices
  double seconds = 0;
};

// Until the duration is over or SIGINT, SIGTERM or SIGHUP comes; then what all devices were asked
// for is in `output`, in order of time. Throws pdata::error; no device is traced any more then.
record_outcome record_devices(const record_settings& wanted, const thin_tools::pass& output);

}  // namespace sim::record
