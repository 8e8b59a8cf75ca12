#include "thin-tools/repair/output/leaf_rows.h"

#include <algorithm>

#include "persistent-data/base/checked_math.h"

namespace thin_tools {

namespace {

struct group {
  std::vector<leaf_recipe> leaves;
  std::size_t nr_entries = 0;

  void add(leaf_recipe leaf) {
    nr_entries += thin_tools::nr_entries(leaf);
    leaves.push_back(std::move(leaf));
  }
  bool small() const { return nr_entries < leaf_entries_min; }
};

void share_out(const group& from, std::vector<leaf_recipe>& to) {
  const auto nr_leaves = pdata::div_up(from.nr_entries, leaf_entries_max);
  std::size_t nr_taken = 0;
  std::size_t nr_made = 0;
  leaf_recipe open;
  std::uint64_t room = 0;
  for (const auto& leaf : from.leaves)
    for (auto slice : leaf)
      while (slice.count != 0) {
        if (room == 0) room = (nr_made + 1) * from.nr_entries / nr_leaves - nr_taken;
        const auto count = static_cast<std::uint32_t>(std::min<std::uint64_t>(room, slice.count));
        open.push_back({slice.leaf, slice.first, count});
        slice.first += count;
        slice.count -= count;
        room -= count;
        nr_taken += count;
        if (room != 0) continue;
        ++nr_made;
        to.push_back(std::move(open));
        open.clear();
      }
}

}  // namespace

std::size_t nr_entries(const leaf_recipe& leaf) {
  std::size_t sum = 0;
  for (const auto& slice : leaf) sum += slice.count;
  return sum;
}

std::vector<leaf_recipe> without_small_leaves(std::vector<leaf_recipe> row) {
  std::vector<group> groups;
  for (auto& leaf : row) {
    const bool joins =
        !groups.empty() && (groups.back().small() || nr_entries(leaf) < leaf_entries_min);
    if (!joins) groups.emplace_back();
    groups.back().add(std::move(leaf));
  }
  if (groups.size() > 1 && groups.back().small()) {
    auto last = std::move(groups.back());
    groups.pop_back();
    for (auto& leaf : last.leaves) groups.back().add(std::move(leaf));
  }
  std::vector<leaf_recipe> result;
  for (auto& each : groups)
    if (each.leaves.size() == 1)
      result.push_back(std::move(each.leaves.front()));
    else
      share_out(each, result);
  return result;
}

}  // namespace thin_tools
