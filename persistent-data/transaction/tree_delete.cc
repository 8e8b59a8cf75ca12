#include <vector>

#include "persistent-data/transaction/shadow_spine.h"
#include "persistent-data/transaction/transaction_manager.h"
#include "persistent-data/transaction/tree.h"

namespace pdata {

namespace {

// Linux 6.1 dm_btree_del, with its explicit stack. In sound metadata each
// unshared block is walked once; what claims otherwise is refused.
class tree_deletion {
 public:
  explicit tree_deletion(const tree_type& type)
      : type_(type), manager_(*type.manager), may_walk_(manager_.nr_metadata_blocks()) {}

  status run(metadata_block root) {
    status outcome = push(root, 0);
    while (outcome.ok() && !stack_.empty()) outcome = step();
    return outcome;
  }

 private:
  struct frame {
    block_ref block;
    node_view node;
    unsigned level = 0;
    std::uint32_t next_child = 0;
  };

  status push(metadata_block location, unsigned level);
  status step();
  void pop();

  const tree_type& type_;
  transaction_manager& manager_;
  std::uint64_t may_walk_;
  std::vector<frame> stack_;
};

status tree_deletion::push(metadata_block location, unsigned level) {
  if (stack_.size() == max_spine_depth) return status(ENOMEM);
  const auto count = manager_.count(location);
  if (!count.ok()) return count.failure();
  if (*count > 1) {  // shared: others still need what is below
    manager_.dec(location);
    return success;
  }
  const bool is_child = !stack_.empty();
  if ((*count == 0 && is_child) || may_walk_-- == 0) return status(EILSEQ);
  const bool last_level = level + 1 == type_.levels;
  auto block = manager_.read(location, block_kind::btree_node);
  if (!block.ok()) return block.failure();
  const auto node = open_node(*block, last_level ? type_.values->bytes() : child_value_bytes);
  if (!node.ok()) return node.failure();
  stack_.push_back({std::move(*block), *node, level});
  return success;
}

status tree_deletion::step() {
  frame& top = stack_.back();
  if (top.next_child >= top.node.nr_entries()) {
    pop();
    return success;
  }
  const bool last_level = top.level + 1 == type_.levels;
  if (!top.node.is_leaf() || !last_level) {
    const unsigned level = top.node.is_leaf() ? top.level + 1 : top.level;
    return push(top.node.value_u64(top.next_child++), level);
  }
  type_.values->dec(top.node.values());
  pop();
  return success;
}

void tree_deletion::pop() {
  manager_.dec(stack_.back().block.location());
  stack_.pop_back();
}

}  // namespace

status tree_delete(const tree_type& type, metadata_block root) {
  return tree_deletion(type).run(root);
}

}  // namespace pdata
