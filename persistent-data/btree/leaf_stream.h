// Leaves in an order that the caller decides (leaf_walk.h gives key order), read
// ahead in batches: each batch is read in disk order by several workers, which
// also make of every leaf what the caller needs of it (a digest), while the
// batch before it is being visited.
//
// Trees share leaves. A leaf that comes up again is not read again as long as
// the digests that are kept for it stay within a bound.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>

#include "persistent-data/btree/leaf_walk.h"

namespace pdata {

// What a tool makes of a leaf.
class leaf_digest {
 public:
  virtual ~leaf_digest() = default;
  virtual std::size_t bytes() const = 0;  // of memory, roughly

  // The keys of the leaf; 0 if it is empty.
  std::uint64_t first_key = 0;
  std::uint64_t last_key = 0;
  std::uint32_t nr_entries = 0;
};

class leaf_stream {
 public:
  // The next step, or none at the end. One call at a time, on any thread.
  using source = std::function<std::optional<leaf_step>()>;
  // Called by several threads at once.
  using digester =
      std::function<std::unique_ptr<leaf_digest>(block_view bytes, const node_view& node)>;
  // Called for each step in order. Without a digest the step stands for a node
  // as a whole, or has a fault: its own, or what was found in the leaf.
  // Returning false ends the stream.
  using visitor = std::function<bool(const leaf_step& step, const leaf_digest* digest)>;

  leaf_stream(batch_reader& reader, tree_shape shape, digester digest,
              std::size_t kept_bytes_max = std::size_t{64} << 20)
      : reader_(reader), shape_(shape), digest_(std::move(digest)), room_(kept_bytes_max) {}

  // Returns false if the visitor ended it.
  [[nodiscard]] bool run(const source& next_step, const visitor& visit);

 private:
  // What was read: a digest, or why there is none.
  struct outcome {
    std::shared_ptr<const leaf_digest> digest;
    std::optional<node_fault> fault;
  };
  struct shared_leaf {
    outcome kept;                  // nothing while there is no room
    std::uint32_t nr_visits_left;  // steps that still lead here
  };
  struct planned_step {
    leaf_step step;
    outcome result;
  };
  using batch = std::vector<planned_step>;

  batch read_batch(const source& next_step);
  void read_leaves(batch& steps);
  outcome make_digest(const read_block& block) const;
  bool take_kept(planned_step& planned);
  void keep(metadata_block location, const outcome& result);

  batch_reader& reader_;
  tree_shape shape_;
  digester digest_;
  std::size_t room_;  // bytes left for digests that are kept
  std::unordered_map<metadata_block, shared_leaf> shared_;
};

// All entries of one tree in key order, for trees that are small or met once
// (details, top level). Damage goes to the sink, as findings in the tree that
// `model` names, and nothing else tells of it; the rest is still delivered.
void for_each_entry(
    batch_reader& reader, const tree_graph& graph, tree_judge& judge, metadata_block root,
    const damage& model, damage_sink& sink,
    const std::function<void(std::uint64_t key, std::span<const std::byte> value)>& visit);
// The same for a tree that is not in a graph yet.
void for_each_entry(
    batch_reader& reader, tree_shape shape, metadata_block root, metadata_block nr_blocks,
    which_metadata view, damage_sink& sink,
    const std::function<void(std::uint64_t key, std::span<const std::byte> value)>& visit);

}  // namespace pdata
