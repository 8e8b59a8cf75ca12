#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <vector>

#include "sim/disk/extent_map.h"

namespace sim {
namespace {

constexpr sector map_sectors = 60;

// Each sector of the map is what the last change said.
RC_GTEST_PROP(extent_map, agrees_with_a_plain_array, ()) {
  extent_map map;
  std::vector<std::uint64_t> model(map_sectors, 0);
  const auto changes = *rc::gen::container<std::vector<std::pair<sector, sector>>>(rc::gen::pair(
      rc::gen::inRange<sector>(0, map_sectors), rc::gen::inRange<sector>(0, map_sectors)));
  for (const auto& [first, length] : changes) {
    const sector count = std::min(length, map_sectors - first);
    const auto seed = *rc::gen::inRange<std::uint64_t>(0, 3);
    if (seed == 0)
      map.erase(first, count);
    else
      map.put(first, count, content::stamped(seed, first));
    for (sector i = first; i < first + count; ++i) model[i] = seed;
  }
  sector at = 0;
  map.visit(
      0, map_sectors,
      [&](sector first, sector count, const content& what) {
        RC_ASSERT(first == at);
        for (sector i = 0; i < count; ++i, ++at) {
          RC_ASSERT(what.seed() == model[at]);
          RC_ASSERT(what.at(i).stamped_sector() == at);
        }
      },
      [&](sector first, sector count) {
        RC_ASSERT(first == at);
        for (sector i = 0; i < count; ++i, ++at) RC_ASSERT(model[at] == 0U);
      });
  RC_ASSERT(at == map_sectors);
}

}  // namespace
}  // namespace sim
