#include "thin-tools/repair/output/repair_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"
#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/damage_catalogue.h"

namespace thin_tools {

pdata::entry_list repair_plan::entries_of(pdata::node_index leaf,
                                          pdata::block_device& source) const {
  const auto possible = [this](std::uint64_t value) { return leaves->possible(value); };
  if (forest->is_agreed_leaf(leaf)) return put_together(source, forest->agreed(leaf), possible);
  const auto& node = forest->graph().node(leaf);
  return put_together(source,
                      agreed_part{.sources = {node.location},
                                  .nr_subtrees = 1,
                                  .first_key = node.first_key,
                                  .last_key = node.last_key},
                      possible);
}

bool repair_plan::lost_something() const {
  return !losses.empty() || !lost_devices.empty() ||
         std::ranges::any_of(devices, [](const auto& d) { return !d.complete(); });
}

// What stands under a guess is as likely as that.
repair_grades repair_plan::grades() const {
  repair_grades sum;
  for (const auto& device : devices) {
    const auto nr_likely =
        guesses.empty() && !device.guessed() ? device.nr_likely : device.nr_kept();
    sum.nr_likely += nr_likely;
    sum.nr_sure += device.nr_kept() - nr_likely;
    sum.nr_left_out += device.nr_missing();
  }
  for (const auto& device : lost_devices) sum.nr_left_out += device.expected.value_or(0);
  return sum;
}

}  // namespace thin_tools
