#include "thin-tools/repair/trees/accounts.h"

#include <algorithm>
#include <ranges>

#include "thin-tools/repair/trees/forest_order.h"

namespace thin_tools {

using pdata::metadata_block;
using pdata::node_index;

namespace {

constexpr std::uint64_t nr_holes_max = std::uint64_t{1} << 32;

}  // namespace

void subtree_account::add(const subtree_account& part) {
  nr_mapped += part.nr_mapped;
  nr_dropped += part.nr_dropped;
  nr_regained += part.nr_regained;
  nr_agreed += part.nr_agreed;
  nr_likely += part.nr_likely;
  // Without keys below, a node may be reached in more ways than numbers can tell.
  nr_holes = std::min(nr_holes + part.nr_holes, nr_holes_max);
}

// The judge has counted the values of a whole subtree already.
bool forest_accounts::known_without(node_index node) {
  return leaves_.all_possible() && !has_holes(forest_, node);
}

subtree_account forest_accounts::of(const forest_place& place) const {
  if (place.node) return sums_[*place.node];
  subtree_account sum{.nr_holes = 1};
  for (const auto& graft : forest_.grafts_at(place.id)) {
    sum.add(sums_[graft.node]);
    const auto nr_values = forest_.below(graft.node).nr_values;
    sum.nr_regained += nr_values;
    if (!graft.by_agreement) continue;
    const auto nr_likely = forest_.is_agreed_leaf(graft.node) ? sums_[graft.node].nr_likely : 0;
    sum.nr_agreed += nr_values - nr_likely;
  }
  return sum;
}

subtree_account forest_accounts::sum_of(node_index index) {
  if (forest_.is_agreed_leaf(index))
    return {.nr_mapped = forest_.agreed(index).nr_entries,
            .nr_likely = forest_.agreed(index).nr_likely()};
  const auto& node = forest_.graph().node(index);
  if (node.state != pdata::node_state::internal) {
    const auto nr_bad = leaves_.nr_impossible(node.location);
    return {.nr_mapped = node.nr_entries - nr_bad, .nr_dropped = nr_bad};
  }
  if (known_without(index)) return {.nr_mapped = forest_.below(index).nr_values};
  subtree_account sum;
  for (std::uint32_t slot = 0; slot < node.nr_entries; ++slot)
    sum.add(of(forest_.at_slot(index, slot)));
  nr_looks_ += node.nr_entries;
  return sum;
}

void forest_accounts::make(std::span<const metadata_block> roots) {
  sums_.assign(forest_.nr_nodes(), {});
  const auto order =
      parents_first(forest_, roots, [&](node_index index) { return !known_without(index); });
  for (const auto index : std::views::reverse(order.nodes)) sums_[index] = sum_of(index);
}

}  // namespace thin_tools
