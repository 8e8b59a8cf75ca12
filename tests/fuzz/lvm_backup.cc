// Any text may be named as LVM2's backup: it is read, or refused with the line that is wrong.
#include "thin-tools/files/lvm_backup.h"

#include <algorithm>
#include <string_view>

#include "persistent-data/base/error.h"
#include "tests/fuzz/demand.h"

using fuzz::demand;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const auto group = thin_tools::parse_lvm_backup(text);
    demand(std::ranges::is_sorted(group.pools, {}, &thin_tools::lvm_pool::name));
    for (const auto& pool : group.pools) {
      demand(std::ranges::is_sorted(pool.to_delete));
      for (const auto& volume : pool.volumes) {
        demand(pool.find(volume.device) == &volume);
        demand(pool.find(volume.name) == &volume);
      }
    }
    for (const auto& pool : group.pools)
      demand(&thin_tools::choose_lvm_pool(group, {"", group.name, pool.name}) == &pool);
  } catch (const pdata::error&) {
    // Refused.
  }
  return 0;
}
