// The mappings and data blocks of pool_metadata.
#include <array>

#include "persistent-data/engine/pool.h"
#include "persistent-data/format/mapping_value.h"
#include "persistent-data/format/tree_value.h"

namespace pdata {

// Shared by time alone: a snapshot was taken after the mapping was made.
block_lookup pool_metadata::make_lookup(const thin_device& device, std::uint64_t value) const {
  const mapping found = unpack_mapping(value);
  return {found.block, device.details_.snapshotted_time > found.time};
}

result<std::uint64_t> pool_metadata::look_up(const thin_device& device, thin_block block) {
  pool_transaction& t = *transaction_;
  auto& last = t.last_lookup;
  if (last && last->device == device.id_ && last->block == block) {
    if (last->value) return *last->value;
    return status(ENODATA);
  }
  const std::array<std::uint64_t, 2> keys{device.id_, block};
  const auto value = tree_lookup_u64(t.mapping_tree, t.mapping_root, keys);
  if (value.ok())
    last = {device.id_, block, *value};
  else if (value.errno_value() == ENODATA)
    last = {device.id_, block, std::nullopt};
  return value;
}

result<block_lookup> pool_metadata::find_block(thin_device* device, thin_block block) {
  if (failed_) return status(EINVAL);
  const auto value = look_up(*device, block);
  if (!value.ok()) return value.failure();
  return make_lookup(*device, *value);
}

result<mapped_range> pool_metadata::find_mapped_range(thin_device* device, thin_block begin,
                                                      thin_block end) {
  if (failed_) return status(EINVAL);
  if (end < begin) return status(ENODATA);
  const pool_transaction& t = *transaction_;
  const std::array<std::uint64_t, 2> keys{device->id_, begin};
  const auto first = tree_lookup_next(t.mapping_tree, t.mapping_root, keys);
  if (!first.ok()) return first.failure();
  if (first->key >= end) return status(ENODATA);

  const block_lookup lookup = make_lookup(*device, first->value);
  mapped_range range{first->key, first->key + 1, lookup.block, lookup.shared};
  // A block behind the other, as far as a leaf goes, then from the next leaf on.
  bool goes_on = true;
  const auto continues = [&](std::uint64_t block, std::uint64_t value) {
    const auto next = make_lookup(*device, value);
    goes_on = block == range.end && range.end != end &&
              next.block == range.first + (range.end - range.begin) && next.shared == range.shared;
    if (goes_on) ++range.end;
    return goes_on;
  };
  while (goes_on && range.end != end) {
    const auto before = range.end;
    const std::array<std::uint64_t, 2> next_keys{device->id_, range.end};
    const status visited = tree_visit_leaf(t.mapping_tree, t.mapping_root, next_keys, continues);
    if (visited.errno_value() == ENODATA) break;
    if (!visited.ok()) return visited;
    if (range.end == before) break;
  }
  return range;
}

status pool_metadata::visit_mappings(
    thin_device* device, thin_block begin, thin_block end,
    const std::function<void(thin_block, const block_lookup&)>& visit) {
  if (failed_) return status(EINVAL);
  const pool_transaction& t = *transaction_;
  const auto root =
      tree_lookup_u64(t.device_level, t.mapping_root, tree_keys(&device->id_.value(), 1));
  if (!root.ok()) return root.failure();
  return tree_visit_range(
      t.device_tree, *root, begin, end,
      [&](std::uint64_t block, std::uint64_t value) { visit(block, make_lookup(*device, value)); });
}

status pool_metadata::insert_block(thin_device* device, thin_block block, data_block data) {
  const status started = begin_change();
  if (!started.ok()) return started;
  pool_transaction& t = *transaction_;
  const std::array<std::uint64_t, 2> keys{device->id_, block};
  const auto inserted =
      tree_insert(t.mapping_tree, t.mapping_root, keys, encode_u64(pack_mapping({data, time_})));
  if (!inserted.ok()) return inserted.failure();
  note_change(*device);
  if (*inserted) ++device->details_.mapped_blocks;
  return success;
}

// Range after range, because the removal of leaves stops at gaps.
result<std::uint64_t> pool_metadata::remove_mappings(metadata_block& root, thin_block begin,
                                                     thin_block end) {
  const tree_type& tree = transaction_->device_tree;
  std::uint64_t nr_removed = 0;
  while (begin < end) {
    const auto next = tree_lookup_next(tree, root, tree_keys(&begin.value(), 1));
    if (next.errno_value() == ENODATA) break;
    if (!next.ok()) return next.failure();
    if (next->key >= end) break;
    begin = next->key;
    const auto removed = tree_remove_leaves(tree, root, begin.value(), end);
    if (!removed.ok()) return removed;
    nr_removed += *removed;
  }
  return nr_removed;
}

// The device's tree is taken out of the upper level while it changes, with a
// reference more that keeps it alive.
status pool_metadata::remove_range(thin_device* device, thin_block begin, thin_block end) {
  const status started = begin_change();
  if (!started.ok()) return started;
  pool_transaction& t = *transaction_;
  const auto found =
      tree_lookup_u64(t.device_level, t.mapping_root, tree_keys(&device->id_.value(), 1));
  if (!found.ok()) return found.failure();
  metadata_block root = *found;
  t.manager.inc(root);
  const status unlinked = tree_remove(t.device_level, t.mapping_root, device->id_);
  if (!unlinked.ok()) return unlinked;

  const auto removed = remove_mappings(root, begin, end);
  if (!removed.ok()) return removed.failure();
  device->details_.mapped_blocks -= *removed;
  note_change(*device);
  return link_device(device->id_, root);
}

result<std::optional<thin_block>> pool_metadata::highest_mapped(thin_device* device) {
  if (failed_) return status(EINVAL);
  const pool_transaction& t = *transaction_;
  const auto root =
      tree_lookup_u64(t.device_level, t.mapping_root, tree_keys(&device->id_.value(), 1));
  if (!root.ok()) return root.failure();
  const auto highest = tree_highest_key(t.device_tree, *root);
  if (highest.ok()) return std::optional<thin_block>(*highest);
  if (highest.errno_value() == ENODATA) return std::optional<thin_block>();
  return highest.failure();
}

result<data_block> pool_metadata::alloc_data_block() {
  const status started = begin_change();
  if (!started.ok()) return started;
  const auto block = transaction_->data_map.new_block();
  if (!block.ok()) return block.failure();
  return data_block(*block);
}

status pool_metadata::inc_data_range(data_block begin, data_block end) {
  const status started = begin_change();
  return started.ok() ? transaction_->data_map.inc(begin, end) : started;
}

status pool_metadata::dec_data_range(data_block begin, data_block end) {
  const status started = begin_change();
  return started.ok() ? transaction_->data_map.dec(begin, end) : started;
}

result<bool> pool_metadata::block_is_shared(data_block block) {
  if (failed_) return status(EINVAL);
  return transaction_->data_map.count_is_more_than_one(block);
}

result<std::uint64_t> pool_metadata::free_data_blocks() const {
  if (failed_) return status(EINVAL);
  return transaction_->data_map.nr_free();
}

result<std::uint64_t> pool_metadata::nr_data_blocks() const {
  if (failed_) return status(EINVAL);
  return transaction_->data_map.nr_blocks();
}

status pool_metadata::resize_data(std::uint64_t nr_blocks) {
  const status started = begin_change();
  return started.ok() ? grow(transaction_->data_map, nr_blocks) : started;
}

}  // namespace pdata
