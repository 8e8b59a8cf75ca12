// A simulated machine ready for use: the device mapper with every target type.
//
//   machine m;
//   m.add_disk("/dev/meta", std::make_unique<memory_backing>(16384));
//   m.add_disk("/dev/data", std::make_unique<memory_backing>(1 << 21));
//   m.create("pool", {{0, 1 << 21, "thin-pool", "/dev/meta /dev/data 128 0"}});
//   m.message("pool", 0, "create_thin 0");
//   ...
//   perform(m, *m.find("thin"), block_request::write(0, 128, content::stamped(1, 0)));
//   m.loop().advance(one_second);
#pragma once

#include "persistent-data/engine/pool.h"
#include "sim/dm/device_mapper.h"
#include "sim/dm/request.h"
#include "sim/thin/pool_features.h"
#include "sim/thin/pool_table.h"

namespace sim {

// First, so that it outlives the devices.
struct machine_pools {
  pool_table pools;
};

class machine : private machine_pools, public device_mapper {
 public:
  explicit machine(const pool_settings& settings = {});
  // Requests that still wait fail with EIO; then the devices are removed, the
  // top ones first.
  ~machine();

  // No device is shut down: what is not on the disks now never will be. The
  // disks keep what their caches hold; see disk::power_off().
  void power_off();

  // As `dmsetup targets` prints it, of one of listed_targets().
  target_version version_of(std::string_view target) const;

  // Of the pool that the mapped device has; none if it has no pool.
  const pool_counters* counters(const std::string& pool_name) const;
  // Where the pool's thin device lies, in data blocks, as reads of its first
  // `nr_blocks` would find it now, committed or not; ascending. Errors: ENODEV (no
  // such pool), else the kernel's.
  pdata::result<std::vector<pdata::mapped_range>> mapped_ranges(const std::string& pool_name,
                                                                pdata::device_id device,
                                                                pdata::thin_block nr_blocks) const;
  void on_commit(std::function<void(const commit_notice&)> call);
};

}  // namespace sim
