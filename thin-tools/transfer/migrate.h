// A volume of a pool copied to a file or a block device.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "thin-tools/transfer/stream_sender.h"
#include "thin-tools/transfer/transfer_target.h"

namespace thin_tools {

struct migrate_request {
  const source_volume& volume;
  const source_volume* base = nullptr;  // the target holds it: only what differs is written
  std::string target;
  bool new_file = false;   // the target is made; else it is written in place
  bool zero_rest = false;  // what is not mapped reads as zeroes on the target afterwards
  std::size_t buffer_bytes = std::size_t{16} << 20;
  // The volume as a device of its own, which is active: its contents are read there.
  const data_device* active = nullptr;
  // Called when all is written, before a new file has its name; throws error where the volume
  // was not what it has to be all the time.
  std::function<void()> confirm = [] {};
};

// Lets in what a migration writes, so that it is compared with the source before that is opened.
std::vector<pass> admit_target(const std::string& target, transfer_target::opening how);

struct migrate_summary {
  std::uint64_t data_bytes = 0;
  std::uint64_t zero_bytes = 0;  // cleared
};

// The target is open exclusively, and durable on return. A new file has its name only when it is
// whole; ".partial" is behind it till then, and it goes away where this throws. Throws error also
// where the target does not hold the base.
migrate_summary migrate_volume(const migrate_request& what, const data_device& data,
                               send_progress& progress);

}  // namespace thin_tools
