// What the whole device shows, gathered once and looked at from many sides: what every
// block is by its own account (survey/device_scan.h), and what hangs below what.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "persistent-data/btree/tree_graph.h"
#include "persistent-data/io/file_device.h"
#include "persistent-data/survey/device_scan.h"
#include "thin-tools/repair/scan/small_trees.h"

namespace thin_tools {

// The children of every internal node of a device, read once in disk order: the
// evidence is looked at again for each state of the metadata that is found.

class node_children {
 public:
  node_children(pdata::batch_reader& reader, const pdata::block_scan& scan);

  // Of an internal node; of anything else: none.
  std::span<const pdata::metadata_block> of(pdata::metadata_block node) const;

  // Calls visit(node, children) for every internal node, ascending.
  template <class Visit>
  void for_each_node(Visit visit) const {
    for (const auto& [node, at] : in_order_)
      visit(node, std::span(children_).subspan(at->first, at->count));
  }

  // A leaf of the tree, found by going down to one; none: none can be reached.
  std::optional<pdata::metadata_block> some_leaf(pdata::metadata_block root) const;
  // How many nodes a reader of the tree comes to, those again that several nodes of
  // the tree name; huge where nodes name each other in a circle.
  std::uint64_t tree_size(pdata::metadata_block root) const;
  // Entries of all leaves of the tree, as far as they can be reached.
  std::uint64_t nr_values(pdata::metadata_block root) const;
  // Nodes on the longest way down.
  std::uint64_t tree_depth(pdata::metadata_block root) const;
  // Bytes of a value in the leaves of a tree; 0: unknown.
  std::uint32_t leaf_value_size(pdata::metadata_block root) const;
  // By the size of values alone: of the top level and of mappings it is the same.
  bool is_tree_of(pdata::metadata_block root, const pdata::tree_shape& shape) const {
    return leaf_value_size(root) == shape.value_size;
  }

 private:
  struct place {
    std::size_t first;
    std::uint32_t count;
    std::uint64_t tree_size = 0;  // 0: not yet known
    std::uint64_t tree_depth = 1;
    std::uint64_t nr_values = 0;
    std::optional<pdata::metadata_block> some_leaf;
  };

  bool is_node(pdata::metadata_block block) const;
  void measure(pdata::metadata_block root);

  const pdata::block_scan& scan_;
  std::unordered_map<pdata::metadata_block, place> places_;
  std::vector<std::pair<pdata::metadata_block, const place*>> in_order_;
  std::vector<pdata::metadata_block> children_;
};

// What the whole device shows, gathered once and looked at from many sides.

struct device_scan {
  explicit device_scan(pdata::batch_reader& from, pdata::metadata_block nr_blocks)
      : reader(for_rereads(from)),
        scan(from, nr_blocks),
        children(from, scan),
        indices(scan.all_of(pdata::block_class::index)),
        small_trees(from, nr_blocks) {}

  pdata::batch_reader& reader;  // states of a device share most of what is read of them
  pdata::block_scan scan;
  node_children children;
  std::vector<pdata::metadata_block> indices;  // index blocks, ascending
  mutable small_tree_memo small_trees;

 private:
  static pdata::batch_reader& for_rereads(pdata::batch_reader& from) {
    pdata::read_through_cache(from.device());
    return from;
  }
};

}  // namespace thin_tools
