#include "persistent-data/transaction/shadow_spine.h"

#include "persistent-data/transaction/transaction_manager.h"

namespace pdata {

namespace {

// Fewer entries leave nothing to split or to merge.
constexpr std::uint32_t least_max_entries = 3;

bool has_shape(std::uint32_t flags, std::uint32_t value_size, std::uint32_t max_entries,
               std::uint32_t leaf_value_bytes) {
  const bool leaf = flags == node_flag_leaf;
  return (leaf || flags == node_flag_internal) &&
         value_size == (leaf ? leaf_value_bytes : child_value_bytes) &&
         max_entries >= least_max_entries;
}

// As open_node(), of a node that changes.
status check_node(block_view block, std::uint32_t leaf_value_bytes) {
  const auto node = node_layout::load(block);
  return node.fits() && has_shape(node.flags, node.value_size, node.max_entries, leaf_value_bytes)
             ? success
             : status(EILSEQ);
}

}  // namespace

const node_view* open_node(const block_ref& block, std::uint32_t leaf_value_bytes,
                           node_view& parsed) {
  if (const node_view* const known = block.parsed_node())  // what its flags are it says itself
    return has_shape(known->is_leaf() ? node_flag_leaf : node_flag_internal, known->value_size(),
                     known->max_entries(), leaf_value_bytes)
               ? known
               : nullptr;
  const auto outcome = node_view::parse_layout(block.view());
  const auto* const node = std::get_if<node_view>(&outcome);
  if (node == nullptr ||
      !has_shape(node->flags(), node->value_size(), node->max_entries(), leaf_value_bytes))
    return nullptr;
  parsed = *node;
  return &parsed;
}

result<node_view> open_node(const block_ref& block, std::uint32_t leaf_value_bytes) {
  node_view parsed;
  const node_view* const node = open_node(block, leaf_value_bytes, parsed);
  if (node == nullptr) return status(EILSEQ);
  return *node;
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
  const status checked = check_node(shadow->block.view(), values.bytes());
  if (!checked.ok()) return checked;
  if (shadow->inc_children) {
    const auto opened = open_node(shadow->block, values.bytes());
    if (!opened.ok()) return opened.failure();
    inc_children(*type.manager, *opened, values);
  }
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
  shadow->note_half(static_cast<std::uint8_t>(node_layout::load(shadow->view()).nr_entries / 2));
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
