// Finds the children of damaged nodes again. A subtree that the space map counts
// more often than anything refers to it was referred to by a damaged node; which
// one follows from key range, height and the number of missing references. A
// subtree is only put where it must belong: what fits in more places than it has
// missing references is left out, because a wrong mapping is worse than none.
#pragma once

#include <map>
#include <vector>

#include "thin-tools/repair/forest.h"
#include "thin-tools/repair/placement_evidence.h"

namespace thin_tools {

// A subtree without enough parents.
struct orphan {
  pdata::node_index root = 0;
  std::uint32_t nr_missing = 0;  // references
};

class hole_filler {
 public:
  hole_filler(mapping_forest& forest, std::vector<orphan> orphans);

  // A hole seen in some tree; again for each tree that has it.
  void add_hole(const hole& found);
  // Must live until the holes are filled.
  void consider(const placement_evidence& more) { evidence_.push_back(&more); }

  // Grafts what is certain. Returns the orphans that found no place.
  std::vector<orphan> fill();

 private:
  struct open_hole {
    pdata::key_range keys;  // common to all that lead here
    int height = -1;
    std::vector<pdata::node_index> grafts;
    std::map<std::uint64_t, std::uint64_t> taken;  // first to last key of each graft
  };
  struct candidate {
    orphan what;
    pdata::key_range keys;
    std::vector<hole_id> places;
    int height = 0;
    bool placed = false;
    bool contested = false;  // another one has an equal claim
  };

  static bool fits(const candidate& subtree, const open_hole& place);
  bool excluded(const candidate& subtree, const hole_id& place) const;
  static bool collides(const candidate& subtree, const open_hole& place);
  void contest(std::vector<candidate*>& claims);
  bool place_certain_ones();

  mapping_forest& forest_;
  std::map<hole_id, open_hole> holes_;
  std::vector<candidate> candidates_;
  std::vector<const placement_evidence*> evidence_;
};

}  // namespace thin_tools
