// The leaves of one tree in key order, read ahead in batches: the batch to come
// is read in disk order while the current one is visited. Stands on a graph
// whose leaves were left unread, and on its judge.
#pragma once

#include <functional>
#include <optional>

#include "persistent-data/btree/tree_graph.h"
#include "persistent-data/btree/tree_judge.h"

namespace pdata {

struct streamed_leaf {
  metadata_block location;
  key_range expected;     // the keys that the tree looks up here
  bool shared;            // the leaf or a node above it has more than one reference
  const node_view& node;  // valid during the call
};

class leaf_stream {
 public:
  // Called in key order; returning false ends the stream.
  using visitor = std::function<bool(const streamed_leaf&)>;

  leaf_stream(batch_reader& reader, const tree_graph& graph, tree_judge& judge)
      : reader_(reader), graph_(graph), judge_(judge) {}

  // Visits the leaves that may hold keys of `wanted`. Damage on the way goes to
  // the sink in key order between the leaves, with the part of `wanted` that is
  // lost; the rest is still visited. Returns false if the visitor ended it.
  bool visit(metadata_block root, const key_range& wanted, const damage& model, damage_sink& sink,
             const visitor& visit_leaf);

 private:
  struct waypoint;  // a leaf to read, or damage to report
  struct batch;     // waypoints in key order, and the blocks read for them
  class traversal;

  void read_batch(batch& steps) const;
  bool deliver(const batch& steps, const damage& model, damage_sink& sink,
               const visitor& visit_leaf) const;

  batch_reader& reader_;
  const tree_graph& graph_;
  tree_judge& judge_;
};

// All entries of one tree in key order, for trees that are small or met once
// (details, top level). Damage goes to the sink; the rest is still delivered.
// Returns true if nothing was damaged.
bool for_each_entry(
    batch_reader& reader, tree_shape shape, metadata_block root, metadata_block nr_blocks,
    bool in_snapshot, damage_sink& sink,
    const std::function<void(std::uint64_t key, std::span<const std::byte> value)>& visit);

}  // namespace pdata
