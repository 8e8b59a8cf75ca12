// Which bytes a path leads to in the end, so that two names of the same bytes are
// found to be that: through links, loop devices, partitions and mapped devices.
#pragma once

#include <string>
#include <vector>

#include "thin-tools/gate/block_stack.h"

namespace thin_tools {

// A part of a device that may have its bytes anywhere below: stripes, a RAID, paths to a disk.
struct spread_part {
  std::uint64_t device = 0;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  friend bool operator==(const spread_part&, const spread_part&) = default;
};

struct byte_range {
  place on;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  // By which devices it is led to that spread it; two volumes on one RAID are on the same disks.
  std::vector<spread_part> through = {};

  friend bool operator==(const byte_range&, const byte_range&) = default;
};

// Ranges of what stands on nothing else. Empty: there are no bytes to meet on (a
// pipe, a terminal), or the path cannot be looked at.
using storage = std::vector<byte_range>;

// The file of that name, and the name itself, which another may get; links are followed.
storage storage_of(const std::string& path, const block_stack& stack);
// What is open under a descriptor; `writable`: nothing, if it cannot be changed through it.
enum class descriptors : std::uint8_t { all, writable };
storage storage_of_open(int descriptor, descriptors which, const block_stack& stack);
// Of a block device.
storage storage_of_device(std::uint64_t device, const block_stack& stack);

// The block devices that have bytes in common with one, but for itself and what it stands on.
std::vector<std::uint64_t> meeting_devices(std::uint64_t device, const block_stack& stack);

bool meet(const storage& one, const storage& other);

// The name that a chain of links ends at, also where nothing has that name yet.
std::string end_of_links(const std::string& path);

}  // namespace thin_tools
