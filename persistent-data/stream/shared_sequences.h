// What a dump with defs writes once: maximal sequences of leaves that the same
// set of devices, at least two, shares. Found on the graph of the mapping trees
// without reading a leaf; whole subtrees stand for their leaves, so the work
// follows what the devices do not share.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "persistent-data/btree/leaf_walk.h"
#include "persistent-data/btree/tree_sharing.h"

namespace pdata {

// A piece of a sequence: a subtree, and the keys that all sharers expect in it.
struct shared_unit {
  node_index index = 0;
  key_range expected;
  std::uint32_t owner = 0;  // one of the sharers: the first
};

struct shared_sequence {
  std::string name;  // the location of its first leaf
  std::vector<shared_unit> units;
};

class shared_sequences {
 public:
  // Trees as for tree_sharing.
  shared_sequences(const tree_graph& graph, tree_judge& judge,
                   std::span<const metadata_block> roots);

  // In the order in which the devices meet them.
  const std::vector<shared_sequence>& all() const { return sequences_; }
  // The nodes that walks are to yield whole.
  const node_selection& units() const { return units_; }
  // The sequence that begins with a unit; none: a unit further on in it.
  const shared_sequence* begins_at(node_index unit) const;

 private:
  struct neighbour {  // the unit before, as far as the sharers agree
    std::optional<node_index> before;
    std::uint32_t nr_agreeing = 0;
    key_range expected;
  };

  void select_units(const tree_graph& graph, const tree_judge& judge, const tree_sharing& sharing);
  template <class Visit>
  void for_each_unit(const tree_graph& graph, tree_judge& judge, metadata_block root, Visit visit);
  void note_neighbour(const leaf_step& step, std::optional<node_index> before);
  bool joins(node_index unit, const tree_sharing& sharing) const;

  node_selection units_;
  std::unordered_map<node_index, neighbour> neighbours_;
  std::unordered_map<node_index, std::size_t> sequence_of_;  // by unit
  std::vector<shared_sequence> sequences_;
};

}  // namespace pdata
