#include "thin-tools/repair/output/repair_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"
#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/damage_catalogue.h"

namespace thin_tools {

pdata::entry_list repair_plan::entries_of_agreed(pdata::node_index leaf,
                                                 pdata::block_device& source) const {
  return put_together(source, forest->agreed(leaf),
                      [this](std::uint64_t value) { return leaves->possible(value); });
}

bool repair_plan::lost_something() const {
  return !losses.empty() || !lost_devices.empty() ||
         std::ranges::any_of(devices, [](const auto& d) { return !d.complete(); });
}

}  // namespace thin_tools
