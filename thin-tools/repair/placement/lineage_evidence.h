// What older states say of the children that a damaged node can have had. A node
// is never changed after the commit that made it: what came later is none of its
// children. What it took over from the state before was part of the tree of its
// device. And a subtree that had all its parents while the damaged node was there
// already is no child of it.
#pragma once

#include <map>
#include <vector>

#include "thin-tools/repair/devices/tree_origins.h"
#include "thin-tools/repair/evidence/pool_trees.h"
#include "thin-tools/repair/placement/placement_evidence.h"
#include "thin-tools/repair/history/state_history.h"

namespace thin_tools {

class lineage_evidence : public placement_evidence {
 public:
  // All must outlive it. `top` names the trees of the last state.
  lineage_evidence(const mapping_forest& forest, pdata::batch_reader& reader, const top_level& top,
                   state_history& history)
      : forest_(forest), reader_(reader), top_(top), history_(history) {}

  void add_hole(const hole& found) { keys_.try_emplace(found.id, found.keys.begin); }

  bool excluded(const hole_id& place, pdata::metadata_block subtree) const override;

 private:
  const std::vector<pdata::device_id>& devices_with(const hole_id& place, std::size_t age) const;
  bool comes_from_elsewhere(const hole_id& place, pdata::metadata_block subtree,
                            std::size_t age) const;

  const mapping_forest& forest_;
  pdata::batch_reader& reader_;
  const top_level& top_;
  state_history& history_;
  std::map<hole_id, std::uint64_t> keys_;  // one that leads there
  // Old nodes and mappings that may still be looked for in trees.
  mutable std::uint64_t nr_looks_left_ = std::uint64_t{1} << 24;
  mutable std::map<hole_id, std::vector<pdata::device_id>> devices_;
  mutable std::map<std::pair<pdata::metadata_block, std::size_t>, tree_origins> origins_;
};

}  // namespace thin_tools
