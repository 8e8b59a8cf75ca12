#include "thin-tools/repair/history/named_states.h"

#include <algorithm>
#include <functional>
#include <map>
#include <span>

#include "persistent-data/base/checked_math.h"
#include "thin-tools/repair/history/generation.h"
#include "thin-tools/repair/history/whole_states.h"

namespace thin_tools {

using pdata::metadata_block;

namespace {

constexpr std::uint64_t counts_max = std::uint64_t{1} << 26;  // of all states that are named

struct claim {
  bool may_be_last = false;
  std::uint64_t transaction = 0;
  std::uint32_t time = 0;
  auto operator<=>(const claim&) const = default;
};

claim claim_of(const device_scan& device, metadata_block index) {
  const auto state = survey(
      device, index, pdata::stored_counts::load(device.reader, index, device.scan.nr_blocks()));
  return {condition_of(device, state) != state_condition::written_over, state.newest_transaction,
          state.newest_time};
}

void order_by_youth(const device_scan& device, std::span<metadata_block> states) {
  std::map<metadata_block, claim> claims;
  for (const auto index : states) claims[index] = claim_of(device, index);
  std::ranges::stable_sort(states, std::greater{}, [&](metadata_block b) { return claims.at(b); });
}

}  // namespace

std::size_t named_states_max(metadata_block nr_blocks) {
  return pdata::to_size(std::clamp<std::uint64_t>(counts_max / nr_blocks, 64, 256));
}

void name_youngest_first(const device_scan& device, std::size_t nr_possible,
                         std::vector<metadata_block>& states) {
  const auto most = named_states_max(device.scan.nr_blocks());
  if (states.size() <= most) return;
  const std::span all(states);
  if (nr_possible > most)
    order_by_youth(device, all.first(nr_possible).subspan(1));
  else
    order_by_youth(device, all.subspan(std::max<std::size_t>(nr_possible, 1)));
}

}  // namespace thin_tools
