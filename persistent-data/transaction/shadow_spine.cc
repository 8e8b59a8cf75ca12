#include "persistent-data/transaction/shadow_spine.h"

#include "persistent-data/transaction/transaction_manager.h"

namespace pdata {

namespace {

// Fewer entries leave nothing to split or to merge.
constexpr std::uint32_t least_max_entries = 3;

status check_shape(const node_view& node, std::uint32_t leaf_value_bytes) {
  const bool leaf = node.flags() == node_flag_leaf;
  if (!leaf && node.flags() != node_flag_internal) return status(EILSEQ);
  if (node.value_size() != (leaf ? leaf_value_bytes : child_value_bytes)) return status(EILSEQ);
  return node.max_entries() >= least_max_entries ? success : status(EILSEQ);
}

}  // namespace

result<node_view> open_node(const block_ref& block, std::uint32_t leaf_value_bytes) {
  node_view node;
  if (const node_view* const known = block.parsed_node()) {
    node = *known;
  } else {
    const auto outcome = node_view::parse_layout(block.view());
    if (std::holds_alternative<node_fault>(outcome)) return status(EILSEQ);
    node = std::get<node_view>(outcome);
  }
  const status shape = check_shape(node, leaf_value_bytes);
  if (!shape.ok()) return shape;
  return node;
}

void inc_children(transaction_manager& manager, const node_view& node, const value_type& values) {
  if (node.is_leaf())
    values.inc(node.values());
  else
    block_values(manager).inc(node.values());
}

result<write_ref> shadow_node(const tree_type& type, metadata_block node,
                              const value_type& values) {
  auto shadow = type.manager->shadow_block(node, block_kind::btree_node);
  if (!shadow.ok()) return shadow.failure();
  const auto opened = open_node(shadow->block, values.bytes());
  if (!opened.ok()) return opened.failure();
  if (shadow->inc_children) inc_children(*type.manager, *opened, values);
  return std::move(shadow->block);
}

result<write_ref> shadow_child(const tree_type& type, node_editor& parent, std::uint32_t index,
                               const value_type& values) {
  auto child = shadow_node(type, parent.value_u64(index), values);
  if (child.ok()) parent.set_value_u64(index, child->location());
  return child;
}

status shadow_spine::step(metadata_block node, const value_type& values) {
  if (count_ == 2) {
    nodes_[0] = std::move(nodes_[1]);
    --count_;
  }
  auto shadow = shadow_node(type_, node, values);
  if (!shadow.ok()) return shadow.failure();
  if (count_ == 0) root_ = shadow->location();
  nodes_[count_++] = std::move(*shadow);
  return success;
}

status shadow_spine::step_from(int index, metadata_block node, const value_type& values) {
  const status stepped = step(node, values);
  if (stepped.ok() && has_parent() && index >= 0)
    parent().set_value_u64(static_cast<std::uint32_t>(index), current_location());
  return stepped;
}

}  // namespace pdata
