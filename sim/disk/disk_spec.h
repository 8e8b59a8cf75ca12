// The description of a disk on a command line: where it is, and behind commas what it is like.
//
//   FILE         an existing file or block device, changed in place
//   FILE:SIZE    created or resized
//   mem:SIZE     forgotten at the end
//
//   logical=N, physical=N        block sizes (512, 512)
//   min-io=N, opt-io=N           smallest and best request, as the disk says
//   max-io=N                     longest request
//   discard=N, discard=none      granularity (the logical block); it takes none
//   discard-max=N                longest discard
//   discarded=kept, =zeroed      what whole granules hold after a discard
//   write-zeroes=N, =none        longest one; it takes none
//   write-cache=none, rotational=no
//
// SIZE is as parse_sectors takes it; N too, but a number alone counts bytes, as in sysfs.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "sim/disk/backing.h"
#include "sim/disk/disk_options.h"

namespace sim {

struct disk_spec {
  std::string where;
  disk_options options;
};

// All throw pdata::error naming the spec and what is wrong with it.
disk_spec parse_disk_spec(const std::string& text);

// `role`: what a file is to whom it is compared with at the gate; no two disks have the same.
std::unique_ptr<backing> open_disk(const disk_spec& spec, const std::string& role = "disk");

}  // namespace sim
