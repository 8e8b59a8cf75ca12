// The mapping trees of many devices, every leaf read once in disk order, with
// the devices that share it.
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "persistent-data/btree/tree_sharing.h"
#include "persistent-data/survey/pool_layout.h"

namespace pdata {

struct owned_leaf {
  unsigned worker;      // below nr_workers() of the reader
  owner_set_id owners;  // not no_owners
  const node_view& node;
};

class owned_leaves {
 public:
  // Reads the internal nodes. Owner i is the i-th device in ascending order.
  owned_leaves(batch_reader& reader, const pool_layout& layout,
               const std::map<device_id, metadata_block>& roots);

  const std::vector<device_id>& devices() const { return devices_; }
  const owner_set& owners(owner_set_id id) const { return sharing_.set(id); }

  // Visits the leaves, by several threads at once. Damage goes to the sink
  // afterwards; returns true if there is none.
  [[nodiscard]] bool read_leaves(const std::function<void(const owned_leaf&)>& visit,
                                 damage_sink& sink);

  // The last virtual block that each device maps, as far as it can be read; by
  // owner. After read_leaves.
  std::vector<std::optional<thin_block>> highest_mapped() const;

 private:
  struct internal_nodes {
    internal_nodes(batch_reader& reader, const pool_layout& layout,
                   std::span<const metadata_block> roots);
    tree_graph graph;
    tree_judge judge;
  };

  which_metadata view_;
  std::vector<device_id> devices_;
  std::vector<metadata_block> roots_;
  internal_nodes internal_;
  tree_sharing sharing_;
};

}  // namespace pdata
