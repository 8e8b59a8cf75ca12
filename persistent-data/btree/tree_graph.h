// The one reader of B-trees. It reads a forest of trees level by level, every
// distinct node once, each level in disk order, and keeps of it what later
// questions need: a summary of each node, and keys and children of the internal
// ones. Leaves are handed to a visitor as they arrive (check, ls, rmap), or are
// left unread for a later pass in key order (leaf_stream.h: dump, delta).
//
// Trees share nodes (snapshots), also across the trees of a forest; a damaged
// image may point anywhere. A node met again is only counted, so every walk
// ends after at most one read of each block, whatever the image holds.
//
// What is wrong with the trees is found by judging the graph: tree_judge.h.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <variant>
#include <vector>

#include "persistent-data/btree/block_map.h"
#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/device_details.h"
#include "persistent-data/io/batch_reader.h"

namespace pdata {

// What a tree of this kind consists of.
struct tree_shape {
  structure what;
  std::uint32_t value_size;  // of its leaves
};

inline constexpr tree_shape details_tree_shape{structure::details_tree, device_details::bytes};
inline constexpr tree_shape top_level_tree_shape{structure::top_level_tree, 8};
inline constexpr tree_shape mapping_tree_shape{structure::mapping_tree, 8};
inline constexpr tree_shape data_index_tree_shape{structure::data_index_tree, index_entry::bytes};
inline constexpr tree_shape data_overflow_tree_shape{structure::data_overflow_tree, 4};
inline constexpr tree_shape metadata_overflow_tree_shape{structure::metadata_overflow_tree, 4};

using node_index = std::uint32_t;

enum class node_state : std::uint8_t {
  unread,    // a leaf left for a later pass
  leaf,      // read and good
  internal,  // read and good
  bad,       // its fault is kept
  skipped,   // left out with all below it: see add_differing
};

struct graph_node {
  metadata_block location = 0;
  std::uint64_t first_key = 0;  // of read nodes with entries
  std::uint64_t last_key = 0;
  std::uint32_t nr_entries = 0;
  std::uint32_t nr_refs = 0;     // roots and entries of distinct nodes that point here
  std::uint32_t entries_at = 0;  // internal nodes: position in the store of keys and children
  node_state state = node_state::unread;
  bool is_root = false;
};

// A leaf that has just been read. `worker` tells calls apart that run at once.
struct visited_leaf {
  unsigned worker;
  node_index index;
  metadata_block location;
  const node_view& node;
};
using leaf_visitor = std::function<void(const visited_leaf&)>;

// An internal node and a node that it refers to, told before the latter is read, unless
// another parent came first. One call at a time.
using edge_visitor = std::function<void(metadata_block parent, metadata_block child)>;

// Entries that a visitor found to be wrong in a leaf that is good in itself.
struct leaf_fault {
  key_range keys;
  node_fault what;
};

// Something suspicious in a node that is good enough to be used.
struct node_remark {
  node_index index;
  node_fault what;
};

class tree_graph {
 public:
  // Blocks from `nr_blocks` on do not exist for this graph, nor those from
  // max_metadata_blocks on: pass the size of the metadata device.
  tree_graph(batch_reader& reader, tree_shape shape, metadata_block nr_blocks);

  // Adds trees. With a visitor every leaf is read and visited once; without,
  // leaves are left unread where the height of the tree tells them apart.
  // Roots outside the device are accepted and judged later.
  void add(std::span<const metadata_block> roots, const leaf_visitor* visit);
  // Called for every edge of what is added from now on.
  void on_edge(edge_visitor visit) { visit_edge_ = std::move(visit); }
  // Adds trees without what they share: a node that several of them refer to is
  // skipped, as far as it comes up at one height in all of them. Leaves are left
  // unread.
  void add_differing(std::span<const metadata_block> roots);
  // Reads the leaves that were left unread, in disk order.
  void read_leaves(const leaf_visitor& visit);

  const tree_shape& shape() const { return shape_; }
  metadata_block nr_blocks() const { return index_of_.nr_blocks(); }
  std::size_t nr_nodes() const { return nodes_.size(); }
  graph_node node(node_index index) const { return nodes_[index].unpacked(); }
  std::optional<node_index> find(metadata_block location) const;

  // Of an internal node. A child outside the device has no node.
  std::uint64_t key(const graph_node& parent, std::uint32_t slot) const;
  metadata_block child(const graph_node& parent, std::uint32_t slot) const;

  const node_fault& fault(node_index bad_node) const;
  const std::vector<node_remark>& remarks() const { return remarks_; }

  // For visitors, from any worker; judged like every other fault.
  void add_leaf_fault(node_index leaf, const leaf_fault& fault);
  // In key order; nothing while leaves are being visited.
  std::span<const leaf_fault> leaf_faults(node_index leaf) const;

  // Proves one node against the shape: the check that every reader of tree
  // nodes goes through. The second also tells of a block that could not be read.
  static std::variant<node_view, node_fault> examine(block_view bytes, metadata_block location,
                                                     const tree_shape& shape);
  static std::variant<node_view, node_fault> examine(const read_block& block,
                                                     const tree_shape& shape);

 private:
  struct frontier_node {
    node_index index;
    int height;  // -1: unknown
  };
  // A graph_node as it is kept: there are as many as the metadata has blocks. A location, and a
  // position among the entries of all nodes, stay below 2^32 (max_metadata_blocks).
  struct packed_node {
    std::uint64_t first_key = 0;
    std::uint64_t last_key = 0;
    std::uint32_t location = 0;
    std::uint32_t nr_refs = 0;
    std::uint32_t entries_at = 0;
    std::uint16_t nr_entries = 0;
    node_state state = node_state::unread;
    bool is_root = false;

    graph_node unpacked() const {
      return {location, first_key, last_key, nr_entries, nr_refs, entries_at, state, is_root};
    }
  };
  static_assert(sizeof(packed_node) == 32);

  std::vector<frontier_node> register_roots(std::span<const metadata_block> roots);
  node_index register_node(metadata_block location);
  void read_level(std::span<const frontier_node> level, const leaf_visitor* visit);
  void take(const read_block& block, node_index index, const leaf_visitor* visit);
  void remark_on(node_index index, const node_view& node);
  enum class leaf_reading : std::uint8_t { now, later };
  std::vector<frontier_node> next_level(std::span<const frontier_node> level, leaf_reading when);
  int probe_height(const graph_node& root);
  int probe_down(metadata_block from);
  void mark_bad(node_index index, const node_fault& why);

  batch_reader& reader_;
  tree_shape shape_;
  edge_visitor visit_edge_;
  block_map index_of_;
  std::vector<packed_node> nodes_;
  std::vector<std::uint64_t> keys_;       // of internal nodes, concatenated
  std::vector<metadata_block> children_;  // likewise
  std::unordered_map<node_index, node_fault> faults_;
  std::unordered_map<node_index, std::vector<leaf_fault>> leaf_faults_;
  std::vector<node_remark> remarks_;
  std::unordered_map<metadata_block, int> probed_;  // heights, as probes found them; -1: not found
  std::mutex mutex_;                                // guards everything that workers append to
};

}  // namespace pdata
