// Makes a repair plan. The short way: superblock and trees are sound, and the
// plan is what they say. The long way reads every block of the device and uses
// what it finds: see root_choice.h, hole_filler.h, device_matcher.h.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "thin-tools/repair/owners/device_lineage.h"
#include "thin-tools/repair/owners/device_matcher.h"
#include "thin-tools/repair/evidence/evidence.h"
#include "thin-tools/repair/evidence/pool_trees.h"
#include "thin-tools/repair/scan/census.h"
#include "thin-tools/repair/trees/accounts.h"
#include "thin-tools/repair/placement/hole_filler.h"
#include "thin-tools/repair/repair_plan.h"
#include "thin-tools/repair/history/root_choice.h"
#include "thin-tools/repair/history/state_history.h"

namespace thin_tools {

// How much a report says of single holes: snapshots by the thousand may share a tree
// with holes by the thousand. Counts are exact, however many there are.
struct listing_limits {
  std::uint64_t nr_ranges = std::uint64_t{1} << 17;  // of all devices together
  std::uint64_t nr_looks = std::uint64_t{1} << 25;   // at slots of nodes, to find them
  static constexpr std::size_t ranges_of_device = 1000;
};

class planner {
 public:
  planner(pdata::batch_reader& reader, std::string name, const repair_options& options);

  repair_plan make();

 private:
  void refuse_impossible_roots() const;
  bool try_short_way();
  void take_long_way();
  void read_trees(const chosen_roots& roots);
  void read_forest(std::vector<pdata::metadata_block> more);
  bool forest_is_whole();

  std::unique_ptr<reference_census> take_census(const chosen_roots& roots);
  void regain_details(const reference_census& census);
  void regain_top_level(reference_census& census);
  std::vector<orphan> find_orphans(const reference_census& census);
  bool add_snapshot_trees(std::vector<pdata::metadata_block>& roots);
  void fill_holes(std::vector<orphan> orphans, const reference_census& census);
  void add_budgets(hole_filler& filler);
  void find_nodes_of(std::vector<orphan>& orphans) const;
  void regain_device_trees(const std::vector<orphan>& orphans);
  std::vector<orphan> unclaimed(std::vector<orphan> orphans) const;

  // planner_lineage.cc
  void open_history();
  void look_back();
  bool snapshot_possible() const;
  std::vector<pdata::device_id> ids_without_trees() const;
  bool only_small_trees_damaged() const;
  void regain_by_lineage(const std::vector<orphan>& orphans);
  bool all_trees_named() const;
  void account_for_nameless(const std::vector<orphan>& orphans);
  bool details_from_past(recovered_device& device) const;

  // planner_past.cc
  bool any_hole();
  present_state present_by_reach() const;
  void fill_holes_of_the_past();

  void drop_impossible_grafts();
  void drop_agreements_without_room();

  void remove_grafts_of(pdata::device_id id, std::vector<bool>& cleared);

  std::vector<pdata::metadata_block> device_roots() const;
  void account_for_devices();
  recovered_device describe_device(pdata::device_id id, const forest_accounts& accounts);
  void list_lost_ranges(recovered_device& device);
  void describe_lost_devices();
  // Of trees, grafts included.
  struct kept_leaves {
    std::vector<pdata::metadata_block> locations;  // ascending
    std::vector<pdata::node_index> agreed;         // likewise
    std::size_t nr_read = 0;                       // leaves of the whole forest
  };
  kept_leaves find_kept_leaves(std::span<const pdata::metadata_block> roots);
  void list_leaves();
  void count_leaves_again();
  void rebuild_details();
  void decide_superblock();
  void refuse_emptiness() const;

  pdata::batch_reader& reader_;
  std::string name_;
  const repair_options& options_;
  pdata::metadata_block nr_blocks_;
  std::uint64_t nr_data_blocks_max_ = 0;  // mappings beyond cannot be true

  std::unique_ptr<evidence> device_;
  chosen_roots roots_;
  top_level top_;
  details_table details_;
  std::map<pdata::device_id, std::string> guessed_roots_;
  std::unique_ptr<state_history> history_;
  const past_trees* past_ = nullptr;  // the state before the last commit
  lineage_match lineage_;
  // Of the held metadata snapshot's trees: what the nodes that they share with the pool tell.
  std::map<pdata::metadata_block, std::uint64_t> snapshot_trees_;  // mappings by root
  std::vector<pdata::device_id> without_details_;
  std::vector<pdata::metadata_block> forest_roots_;
  listing_limits limits_;
  repair_plan plan_;
};

}  // namespace thin_tools
