// What all pools of a machine share: the list of them, and the settings that a
// kernel has as module parameters or by its version.
#pragma once

#include <functional>
#include <vector>

#include "sim/dm/event_loop.h"
#include "sim/kernel/kernel_version.h"
#include "sim/thin/dialect.h"

namespace sim {

class device;
class mapped_device;
class pool;
class thin_watch;

struct commit_notice {
  device& metadata;
  // Blocks of the data device that are counted though nothing maps them:
  // allocated and still being filled, lost when that failed, or unmapped and
  // still being discarded. They are leaks if the machine stops now.
  std::uint64_t unmapped_blocks;
};

struct pool_settings {
  dialect speaks = dialect::linux;
  kernel_version kernel = kernel_version::linux_6_1;
  missing_fixes lacks;
  thin_watch* watch = nullptr;                      // of every pool
  virtual_time no_space_timeout = 60 * one_second;  // 0: wait forever
  // After every commit. May throw.
  std::function<void(const commit_notice&)> committed;
};

struct pool_table {
  pool_settings settings;
  std::vector<pool*> pools;  // newest first

  pool* find(const mapped_device& pool_device) const;
  pool* find_by_metadata(const device& metadata) const;
};

}  // namespace sim
