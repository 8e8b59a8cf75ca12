// A thin device that is active, with the pool that it is of, as the kernel knows them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "persistent-data/base/ids.h"

namespace thin_tools {

struct active_volume {
  pdata::device_id device = 0;
  std::uint64_t volume_bytes = 0;
  std::string metadata;  // of its pool, as "/dev/dm-0"
  std::string data;
  friend bool operator==(const active_volume&, const active_volume&) = default;
};

// `path` leads to a device of the device mapper that is one thin target, read-only and not
// suspended, without an external origin; its pool works and holds a metadata snapshot. Asking
// makes the pool commit. Throws error, which says what to do, where any of that is not so.
active_volume find_active_volume(const std::string& path);

// The parts that need no kernel. `name` is for messages; throw error likewise.

struct thin_table {
  std::uint64_t pool = 0;  // as st_rdev
  pdata::device_id device = 0;
  std::uint64_t sectors = 0;
};
// `table`, `status`: see ask_dm.
thin_table read_thin_table(std::string_view table, const std::string& name);

struct pool_table {
  std::uint64_t metadata = 0;  // as st_rdev
  std::uint64_t data = 0;
};
pool_table read_pool_table(std::string_view table, const std::string& name);

void expect_metadata_snapshot(std::string_view pool_status, const std::string& name);

}  // namespace thin_tools
