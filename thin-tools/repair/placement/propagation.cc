#include "thin-tools/repair/placement/propagation.h"

#include <algorithm>

#include "thin-tools/repair/placement/matching.h"
#include "thin-tools/repair/placement/search.h"

namespace thin_tools {

namespace {

constexpr std::uint32_t none = ~0U;
constexpr std::size_t subtrees_at_once_max = 64;            // that cover one key
constexpr std::uint64_t work_max = std::uint64_t{1} << 28;  // looks at claims
constexpr int rounds_max = 100;

}  // namespace

// The subtrees that cover a section, and the holes that are open there, numbered.
struct placement_solver::local_section {
  key_section keys;
  std::vector<std::uint32_t> subtrees;
  std::vector<std::uint32_t> needs;
  std::vector<std::vector<std::uint32_t>> options;
  std::vector<std::uint32_t> holes;
};

placement_solver::placement_solver(placements& of)
    : of_(of),
      claimants_(of.holes.size()),
      local_hole_(of.holes.size(), none),
      work_left_(work_max) {
  for (std::uint32_t s = 0; s < of.subtrees.size(); ++s) {
    if (of.claims[s].empty()) continue;
    in_play_.push_back(s);
    ranges_.push_back({of.subtrees[s].first_key, of.subtrees[s].last_key});
    for (const auto& c : of.claims[s]) claimants_[c.hole].push_back(s);
  }
}

claim& placement_solver::find(std::uint32_t subtree, std::uint32_t hole) {
  return *std::ranges::lower_bound(of_.claims[subtree], hole, {}, &claim::hole);
}

bool placement_solver::set(claim& what, placement to) {
  if (what.is == to) return false;
  what.is = to;
  return true;
}

bool placement_solver::contest(std::uint32_t subtree) {
  bool changed = false;
  for (auto& c : of_.claims[subtree]) changed |= set(c, placement::impossible);
  return changed;
}

// Where all that stands below holes can be read, one subtree tells the height of its siblings.
bool placement_solver::settle_heights() {
  if (!of_.closed) return false;
  for (const auto s : in_play_)
    for (const auto& c : of_.claims[s])
      if (auto& height = of_.holes[c.hole].height; c.is == placement::certain && height < 0)
        height = of_.subtrees[s].height + 1;
  bool changed = false;
  for (const auto s : in_play_)
    for (auto& c : of_.claims[s])
      if (c.is == placement::possible && !of_.fits(of_.subtrees[s], of_.holes[c.hole]))
        changed |= set(c, placement::impossible);
  return changed;
}

// Premise 2.
bool placement_solver::settle(std::uint32_t subtree) {
  auto& claims = of_.claims[subtree];
  const auto& what = of_.subtrees[subtree];
  const auto nr_certain = std::ranges::count(claims, placement::certain, &claim::is);
  const auto nr_possible = std::ranges::count(claims, placement::possible, &claim::is);
  const std::ptrdiff_t needed = what.nr_missing;
  if (nr_certain + nr_possible < needed || (what.exact && nr_certain > needed))
    return contest(subtree);
  if (nr_possible == 0) return false;
  auto to = placement::possible;
  if (nr_certain + nr_possible == needed) to = placement::certain;
  if (what.exact && nr_certain == needed) to = placement::impossible;
  if (to == placement::possible) return false;
  for (auto& c : claims)
    if (c.is == placement::possible) c.is = to;
  return true;
}

// Premise 4.
bool placement_solver::settle(const tree_budget& budget) {
  std::uint64_t held = 0;       // for certain
  std::uint64_t held_most = 0;  // with all that may be unread
  std::uint64_t open_most = 0;
  const auto for_each_claim = [&](auto visit) {
    for (const auto hole : budget.holes)
      for (const auto s : claimants_[hole]) visit(of_.subtrees[s], find(s, hole));
  };
  for_each_claim([&](const lost_subtree& what, const claim& c) {
    const auto most = saturating_add(what.nr_values, what.nr_unread);
    if (c.is == placement::possible) open_most = saturating_add(open_most, most);
    if (c.is != placement::certain) return;
    held = saturating_add(held, what.nr_values);
    held_most = saturating_add(held_most, most);
  });
  const auto reachable = saturating_add(held_most, open_most);
  if (held > budget.most || reachable < budget.least) return false;  // no such budget
  bool changed = false;
  for_each_claim([&](const lost_subtree& what, claim& c) {
    if (c.is != placement::possible) return;
    const auto most = saturating_add(what.nr_values, what.nr_unread);
    if (what.nr_values > budget.most - held)
      changed |= set(c, placement::impossible);
    else if (reachable != no_limit && reachable - most < budget.least)
      changed |= set(c, placement::certain);
  });
  return changed;
}

placement_solver::local_section placement_solver::gather(key_section keys,
                                                         std::span<const std::uint32_t> active) {
  local_section local{keys, {}, {}, {}, {}};
  for (const auto i : active) local.subtrees.push_back(in_play_[i]);
  std::ranges::sort(local.subtrees);
  for (const auto s : local.subtrees) {
    const auto& claims = of_.claims[s];
    const auto nr_certain =
        static_cast<std::uint32_t>(std::ranges::count(claims, placement::certain, &claim::is));
    const auto needed = of_.subtrees[s].nr_missing;
    const bool believed =
        std::ranges::any_of(claims, [](const claim& c) { return c.is != placement::impossible; });
    local.needs.push_back(believed && needed > nr_certain ? needed - nr_certain : 0);
    auto& options = local.options.emplace_back();
    for (const auto& c : claims) {
      if (c.is != placement::possible) continue;
      if (local_hole_[c.hole] == none) {
        local_hole_[c.hole] = static_cast<std::uint32_t>(local.holes.size());
        local.holes.push_back(c.hole);
      }
      options.push_back(local_hole_[c.hole]);
    }
    work_left_ -= std::min<std::uint64_t>(work_left_, claims.size() * active.size());
  }
  for (const auto hole : local.holes) local_hole_[hole] = none;
  return local;
}

// Where one subtree certainly is none of the others can be. Two such: neither is believed.
bool placement_solver::make_room(const local_section& section) {
  bool changed = false;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> owned;  // hole, subtree
  for (const auto s : section.subtrees)
    for (const auto& c : of_.claims[s])
      if (c.is == placement::certain) owned.emplace_back(c.hole, s);
  std::ranges::sort(owned);
  for (std::size_t i = 1; i < owned.size(); ++i) {
    if (owned[i].first != owned[i - 1].first) continue;
    changed |= contest(owned[i].second);
    changed |= contest(owned[i - 1].second);
  }
  for (const auto s : section.subtrees)
    for (auto& c : of_.claims[s])
      if (c.is == placement::possible &&
          std::ranges::binary_search(owned, c.hole, {},
                                     &std::pair<std::uint32_t, std::uint32_t>::first))
        changed |= set(c, placement::impossible);
  return changed;
}

// Premise 3.
bool placement_solver::settle(const local_section& section) {
  const section_matching matching(section.needs, section.options, section.holes.size());
  bool changed = false;
  for (const auto i : matching.contradicting()) changed |= contest(section.subtrees[i]);
  if (!matching.contradicting().empty()) return changed;
  for (std::uint32_t h = 0; h < section.holes.size(); ++h) {
    if (!matching.occupied(h)) continue;
    const auto occupants = matching.occupants(h);
    for (std::uint32_t i = 0; i < section.subtrees.size(); ++i) {
      if (std::ranges::find(section.options[i], h) == section.options[i].end()) continue;
      auto& c = find(section.subtrees[i], section.holes[h]);
      if (std::ranges::find(occupants, i) == occupants.end())
        changed |= set(c, placement::impossible);
      else if (occupants.size() == 1)
        changed |= set(c, placement::certain);
    }
  }
  return changed;
}

template <class Visit>
void placement_solver::for_each_local_section(Visit visit) {
  for_each_section(ranges_, [&](key_section keys, std::span<const std::uint32_t> active) {
    if (active.size() <= subtrees_at_once_max && work_left_ != 0) visit(gather(keys, active));
  });
}

bool placement_solver::narrow_once() {
  bool changed = settle_heights();
  for (const auto s : in_play_) changed |= settle(s);
  for (const auto& budget : of_.budgets) {
    std::uint64_t nr_claims = 0;
    for (const auto hole : budget.holes) nr_claims += claimants_[hole].size();
    if (nr_claims > work_left_) continue;
    work_left_ -= nr_claims;
    changed |= settle(budget);
  }
  for_each_local_section([&](const local_section& section) {
    if (make_room(section))
      changed = true;
    else
      changed |= settle(section);
  });
  return changed;
}

bool placement_solver::search() { return search_placements(of_); }

void placement_solver::solve() {
  for (int round = 0; round < rounds_max; ++round)
    if (!narrow_once() && !search()) return;
}

std::vector<certain_section> placement_solver::certain_sections() {
  std::vector<certain_section> found;
  for_each_local_section([&](const local_section& section) {
    const section_matching matching(section.needs, section.options, section.holes.size());
    if (!matching.contradicting().empty()) return;
    for (std::uint32_t h = 0; h < section.holes.size(); ++h) {
      if (!matching.occupied(h)) continue;
      certain_section certain{section.holes[h], section.keys, {}};
      for (const auto i : matching.occupants(h)) certain.subtrees.push_back(section.subtrees[i]);
      if (certain.subtrees.size() > 1) found.push_back(std::move(certain));
    }
  });
  std::ranges::stable_sort(found, {}, &certain_section::hole);
  std::vector<certain_section> joined;
  for (auto& next : found) {
    if (!joined.empty() && joined.back().hole == next.hole &&
        joined.back().subtrees == next.subtrees && joined.back().keys.last + 1 == next.keys.first)
      joined.back().keys.last = next.keys.last;
    else
      joined.push_back(std::move(next));
  }
  return joined;
}

}  // namespace thin_tools
