#include "thin-tools/report/pool_picture.h"

#include <algorithm>

namespace thin_tools::report {

namespace {

std::optional<double> percent(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return std::nullopt;
  return 100 * static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

std::optional<double> layout_facts::sequential_percent() const {
  return percent(sequential_pairs, adjacent_pairs);
}

void layout_facts::add(const layout_facts& other) {
  runs += other.runs;
  longest_run = std::max(longest_run, other.longest_run);
  adjacent_pairs += other.adjacent_pairs;
  sequential_pairs += other.sequential_pairs;
  by_length.resize(std::max(by_length.size(), other.by_length.size()));
  for (std::size_t i = 0; i < other.by_length.size(); ++i) {
    by_length[i].runs += other.by_length[i].runs;
    by_length[i].blocks += other.by_length[i].blocks;
  }
}

std::optional<double> tree_facts::fill_percent() const { return percent(entries, room); }

std::vector<lost_range> pool_health::lost(pdata::which_metadata view) const {
  std::vector<lost_range> ranges;
  for (const auto& finding : findings) {
    if (finding.in_snapshot != (view == pdata::which_metadata::snapshot) || !finding.lost ||
        finding.lost->empty())
      continue;
    if (finding.where == pdata::structure::mapping_tree && finding.device)
      ranges.push_back({finding.device, *finding.lost, finding});
    else if (finding.where == pdata::structure::top_level_tree)
      ranges.push_back({std::nullopt, *finding.lost, finding});
  }
  return ranges;
}

}  // namespace thin_tools::report
