// Which trees of a graph reach a node: the set of owners of everything that
// snapshots share. Sets pass from parents to children, each distinct node is
// looked at once, and equal sets are kept once.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <unordered_map>
#include <vector>

#include "persistent-data/base/error.h"
#include "persistent-data/btree/tree_graph.h"
#include "persistent-data/btree/tree_judge.h"

namespace pdata {

// Positions in the list of roots, as ascending half-open ranges: snapshots made
// one after the other tend to share things together.
struct owner_set {
  struct range {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    friend auto operator<=>(const range&, const range&) = default;
  };
  std::vector<range> ranges;
  std::uint32_t size = 0;

  template <class Visit>
  void for_each(Visit visit) const {
    for (const auto& [begin, end] : ranges)
      for (auto owner = begin; owner < end; ++owner) visit(owner);
  }
};

using owner_set_id = std::uint32_t;
inline constexpr owner_set_id no_owners = 0;

// Trees share their nodes in more ways than snapshots can have led to.
class sharing_too_complex : public error {
 public:
  using error::error;
};

class tree_sharing {
 public:
  // Owner i has the tree at roots[i]. Ways through damage do not count. Throws
  // sharing_too_complex where the sets would take too much time and memory.
  tree_sharing(const tree_graph& graph, tree_judge& judge, std::span<const metadata_block> roots);

  owner_set_id owners_of(node_index index) const { return set_of_[index]; }
  const owner_set& set(owner_set_id id) const { return sets_[id]; }
  std::size_t nr_sets() const { return sets_.size(); }
  // Internal nodes that are reached, every parent before its children.
  const std::vector<node_index>& parents_first() const { return parents_first_; }

 private:
  void order_from(node_index root, std::vector<bool>& entered);
  owner_set_id intern(std::vector<owner_set::range> ranges);
  owner_set_id unite(owner_set_id a, owner_set_id b);

  const tree_graph& graph_;
  const tree_judge& judge_;
  std::vector<owner_set> sets_;
  std::map<std::vector<owner_set::range>, owner_set_id> interned_;
  std::unordered_map<std::uint64_t, owner_set_id> unions_;
  std::vector<owner_set_id> set_of_;  // by node
  std::vector<node_index> parents_first_;
  std::uint64_t nr_ranges_united_ = 0;
};

}  // namespace pdata
