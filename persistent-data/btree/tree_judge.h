// Judges a tree_graph: what each parent expects of its children (key range,
// depth), loops, and what damage means for each tree: the key ranges that are
// lost, and how many values remain.
//
// Every internal node is judged once, however many trees share it; every parent
// of a shared node holds it against its own separators.
//
// Separators. A leaf's keys lie between its parent's key and the next one; the first
// may be above (the kernel removes keys and leaves the separator). An internal node's
// own keys must lie there, too: the kernel (Linux 6.1 dm-btree.c, dm-btree-remove.c)
// copies a child's first key into the parent whenever it splits or shifts, and writes
// keys out of order where that is below what stands to the left. No mapping is lost by
// such a misfit yet, so it is no fault of the edge: readers and repair go on below it.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "persistent-data/btree/tree_graph.h"

namespace pdata {

// Nodes from a root down to a leaf. The kernel cannot delete a deeper tree (Linux 6.1
// dm-btree.c), and no number of keys leads to one; but chains of nodes might be as
// long as the device, and each walk through them, too.
inline constexpr int max_tree_depth = 64;

struct tree_verdict {
  std::uint64_t nr_values = 0;  // in readable leaves; meaningful if all leaves were read
  bool damaged = false;         // something fatal: some keys are lost
};

class tree_judge {
 public:
  // What is known of a good node's subtree.
  struct subtree {
    std::uint64_t nr_values = 0;
    std::uint64_t first_key = 0;
    std::uint64_t last_key = 0;
    int height = -1;    // leaves 0; -1: nothing readable below
    int depth = 1;      // nodes on the longest way down, readable or not
    bool empty = true;  // no key below
    bool damaged = false;
    bool in_progress = false;
  };

  explicit tree_judge(const tree_graph& graph) : graph_(graph) {}

  // Judges the tree at `root` and reports its fatal findings, each with the
  // keys it costs, in key order. `device` and `view` go into the
  // findings. May be called for many roots; shared work is done once.
  tree_verdict judge(metadata_block root, std::optional<device_id> device, which_metadata view,
                     damage_sink& sink);

  // The same without reporting.
  tree_verdict verdict(metadata_block root);

  // Reports the remarks on nodes, each once, in order of location.
  void report_remarks(which_metadata view, damage_sink& sink) const;

  // Reports internal nodes whose own keys do not fit below a parent's, of all trees that
  // were judged, each once, in order of location. Nothing is lost, and will be.
  void report_misfits(which_metadata view, damage_sink& sink) const;

  // Why the child at `slot` cannot be used, or nothing. For walks of their own
  // over a graph: `parent` must be part of a tree that was prepared.
  const node_fault* edge_fault(node_index parent, std::uint32_t slot) const;
  // Judges the internal nodes below a node, if it is one, without reporting.
  void prepare(node_index root);
  // Of a node that is not bad; judges what is below it first.
  subtree examine(node_index good_node) {
    prepare(good_node);
    return below(good_node);
  }

 private:
  struct bad_edge {
    std::uint32_t slot;
    node_fault why;
  };

  const subtree& evaluate(node_index root);
  void evaluate_internal(node_index index);
  std::optional<node_fault> judge_edge(const graph_node& parent, std::uint32_t slot, int& height);
  void note_misfit(const graph_node& parent, std::uint32_t slot, node_index child);
  subtree below(node_index good_node) const;
  std::optional<node_fault> root_fault(metadata_block root) const;
  void report_in_order(std::vector<node_remark> remarks, which_metadata view,
                       damage_sink& sink) const;
  void report(node_index root, const damage& model, damage_sink& sink) const;
  void report_leaf(node_index leaf, const key_range& range, const damage& model,
                   damage_sink& sink) const;

  const tree_graph& graph_;
  std::unordered_map<node_index, subtree> internal_;
  std::unordered_map<node_index, std::vector<bad_edge>> bad_edges_;
  std::vector<node_remark> misfits_;
};

// The keys that belong to `slot` of an internal node within `whole`.
key_range slot_range(const tree_graph& graph, const graph_node& parent, std::uint32_t slot,
                     const key_range& whole);

}  // namespace pdata
