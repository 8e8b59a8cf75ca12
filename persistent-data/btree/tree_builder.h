// Builds a B-tree from entries in ascending order, as compact as the format
// allows: all nodes of a level are full but the last two, which share what is
// left evenly. No node but the root has fewer than a third of its entries, the
// least that the kernel leaves and checkers tolerate.
//
// Leaves that exist elsewhere (the leaves of a def) can be added as they are; where
// the entries beside them are too few for a node of their own, the neighbouring
// shared leaf is copied into it. With reusable nodes, those that repeat nodes of
// earlier trees are not written again: sequences of entries are compared as
// they arrive, so that trees which differ somewhere meet again after it.
#pragma once

#include <deque>
#include <optional>

#include "persistent-data/btree/leaf_chain.h"
#include "persistent-data/btree/node_store.h"
#include "persistent-data/btree/shared_nodes.h"
#include "persistent-data/format/tree_value.h"

namespace pdata {

// Leaves that several trees refer to. They are written when the first tree
// does so for certain.
class leaf_source {
 public:
  virtual ~leaf_source() = default;
  virtual metadata_block place(std::size_t leaf) = 0;
  virtual entry_list read(std::size_t leaf) = 0;
};

struct leaf_ref {
  leaf_source* source = nullptr;
  std::size_t leaf = 0;
  std::uint64_t first_key = 0;
  std::uint32_t nr_entries = 0;
};

// The nodes of earlier trees that a tree may refer to. A null member: none of this
// kind.
struct reusable_nodes {
  shared_nodes* leaves = nullptr;
  // With `leaves`: how many entries a leaf gets that resembles no other. Fewer than
  // fit leave room for what trees to come have in addition.
  std::uint32_t leaf_entries = 0;
  // With `leaves`: where trees differ, leaves end at the keys at which the earlier
  // tree's do, unless that leaves them half empty.
  leaf_chain* chain = nullptr;
  internal_nodes* internals = nullptr;
};

class tree_builder {
 public:
  // Writes a leaf, which is always new.
  using leaf_writer =
      std::function<metadata_block(const entry_list&, std::size_t first, std::size_t count)>;

  tree_builder(node_store& store, std::uint32_t value_size);
  tree_builder(node_store& store, leaf_writer write_leaf, std::uint32_t value_size,
               reusable_nodes reusable);

  tree_builder(const tree_builder&) = delete;
  tree_builder& operator=(const tree_builder&) = delete;

  // Keys ascend strictly, also across shared leaves.
  void add(std::uint64_t key, std::span<const std::byte> value);
  void add_u64(std::uint64_t key, std::uint64_t value) { add(key, encode_u64(value)); }
  // A leaf ends before the next entry, unless too few for a node stand on either side of it.
  void end_leaf();
  // So many entries of a run (entry_list.h).
  void add_run(std::uint64_t key, std::uint64_t value, std::uint64_t count);
  void add_leaf(const leaf_ref& leaf);

  // Writes the rest and returns the root. The caller counts the reference to
  // it. The builder is then ready for the next tree.
  metadata_block finish();

 private:
  // Entries of a level that were seen in a known node, up to the last one.
  struct candidate {
    known_node node;
    std::size_t start;  // in pending
  };
  struct level {
    entry_list pending;
    std::vector<candidate> candidates;
    std::vector<std::size_t> cuts;  // where in pending leaves are to end: as others do
  };

  void push(std::size_t height, std::uint64_t key, std::span<const std::byte> value);
  void push_child(std::size_t height, std::uint64_t key, metadata_block child);
  level& at(std::size_t height);
  std::uint32_t max_entries(std::size_t height) const;
  std::uint32_t min_entries(std::size_t height) const;
  bool enough(std::size_t height, std::size_t count) const;
  shared_nodes* known_nodes(std::size_t height) const;

  void add_plain_run(std::uint64_t key, std::uint64_t value, std::uint64_t count);
  std::size_t next_event(const level& leaves) const;
  bool add_uneventful(std::uint64_t key, std::uint64_t value);
  std::uint64_t nr_uneventful(std::uint64_t key, std::uint64_t value, std::uint64_t count);
  bool match(std::size_t height);
  void take_match(std::size_t height, const candidate& found);
  void emit_ready_nodes(std::size_t height);
  void emit_first_node(std::size_t height);
  void erase_front(std::size_t height, std::size_t count);
  void write_evenly(std::size_t height, std::size_t first, std::size_t count);
  void follow(std::uint64_t key, std::uint64_t value);
  void note_leaf(metadata_block location, std::uint64_t first_key);
  void close(std::size_t height);
  void commit_held_leaf();
  void unpack_held_leaf();
  metadata_block write_node(std::size_t height, std::size_t first, std::size_t count);
  void borrow(std::size_t height);
  bool nothing_above(std::size_t height) const;
  metadata_block finish_top(std::size_t height);

  node_store& store_;
  leaf_writer write_leaf_;
  std::uint32_t value_size_;
  std::size_t leaves_kept_;  // entries of leaves, before the first of them are written
  reusable_nodes reusable_;
  std::deque<level> levels_;                 // by height; leaves' entries first
  level* leaves_ = nullptr;                  // that of height 0, once it is there
  std::size_t quiet_below_ = 0;              // next_event(), or not known
  std::optional<leaf_ref> held_leaf_;        // added, but it may yet be copied
  std::optional<entry_list> last_match_;     // entries of the last leaf found again
  std::optional<metadata_block> likeness_;   // the known leaf that the open one resembles
  std::optional<metadata_block> last_leaf_;  // of this tree
};

}  // namespace pdata
