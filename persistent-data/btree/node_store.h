// Where tree builders put their nodes: writes them, and tells of the references
// that internal nodes make to their children.
#pragma once

#include <functional>
#include <utility>

#include "persistent-data/btree/entry_list.h"
#include "persistent-data/format/btree_node.h"
#include "persistent-data/io/block_writer.h"

namespace pdata {

class node_store {
 public:
  using reference_counter = std::function<void(metadata_block child)>;

  node_store(block_writer& out, reference_counter count) : out_(out), count_(std::move(count)) {}

  // Makes a node of `count` entries from `first` on. Requires that they fit.
  metadata_block write_leaf(const entry_list& entries, std::size_t first, std::size_t count);
  metadata_block write_internal(const entry_list& entries, std::size_t first, std::size_t count);

 private:
  metadata_block write(node_kind kind, const entry_list& entries, std::size_t first,
                       std::size_t count);

  block_writer& out_;
  reference_counter count_;
};

}  // namespace pdata
