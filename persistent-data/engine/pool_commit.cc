// Commit, abort and metadata snapshots of pool_metadata.
#include <algorithm>
#include <array>

#include "persistent-data/engine/pool.h"

namespace pdata {

// The device that was loaded last comes first, as in the kernel's list.
status pool_metadata::write_details() {
  pool_transaction& t = *transaction_;
  std::ranges::sort(changed_, {}, &thin_device::order_);
  while (!changed_.empty()) {
    thin_device& device = *changed_.back();
    std::array<std::byte, device_details::bytes> value{};
    device.details_.store(value);
    const auto inserted =
        tree_insert(t.details, t.details_root, tree_keys(&device.id_.value(), 1), value);
    if (!inserted.ok()) return inserted.failure();
    device.changed_ = false;
    changed_.pop_back();
    if (device.open_count_ == 0) forget_device(device);
  }
  return success;
}

status pool_metadata::commit_transaction() {
  if (!in_service_) return success;
  if (pre_commit_) {
    const status agreed = pre_commit_();
    if (!agreed.ok()) return agreed;
  }
  pool_transaction& t = *transaction_;
  const status details = write_details();
  if (!details.ok()) return details;
  const status data = t.data_map.commit();
  if (!data.ok()) return data;
  const status rest = t.manager.pre_commit();
  if (!rest.ok()) return rest;

  auto block = cache_.write(superblock_location, block_kind::superblock);
  if (!block.ok()) return block.failure();
  superblock sb = superblock::load(block->view());
  sb.time = time_;
  sb.mapping_root = t.mapping_root;
  sb.details_root = t.details_root;
  sb.held_root = held_root_;
  sb.transaction_id = transaction_id_;
  sb.flags = flags_;
  sb.data_space_map = t.data_map.root();
  sb.metadata_space_map = t.metadata_map.root();
  superblock::clear_space_map_roots(block->span());
  sb.store(block->span());
  return t.manager.commit(std::move(*block));
}

status pool_metadata::commit() {
  if (failed_) return status(EINVAL);
  const status committed = commit_transaction();
  if (!committed.ok()) return committed;
  return load_superblock();
}

// Time, transaction id, flags, the reserve and the devices in memory stay as
// they are: the kernel does not roll them back either.
status pool_metadata::abort() {
  if (failed_) return status(EINVAL);
  in_service_ = true;
  for (auto& [id, device] : devices_) device.aborted_with_changes_ = device.changed_;
  transaction_.reset();
  cache_.reset();
  const status reopened = open_or_format(if_blank::fail);
  if (!reopened.ok()) failed_ = true;
  return reopened;
}

status pool_metadata::set_needs_check() {
  const status started = begin_change();
  if (!started.ok()) return started;
  flags_ |= flag_needs_check;
  const auto block = cache_.write(superblock_location, block_kind::superblock);
  if (!block.ok()) return block.failure();
  superblock sb = superblock::load(block->view());
  sb.flags = flags_;
  sb.store(block->span());
  return success;
}

void pool_metadata::on_pre_commit(std::function<status()> callback) {
  pre_commit_ = std::move(callback);
}

result<metadata_block> pool_metadata::held_root() const {
  if (failed_) return status(EINVAL);
  return held_root_;
}

status pool_metadata::reserve_metadata_snapshot() {
  const status started = begin_change();
  if (!started.ok()) return started;
  if (held_root_ != 0) return status(EBUSY);
  // Committed, so that the roots in the superblock are the current ones.
  const status committed = options_.commits_before_snapshot ? commit_transaction() : success;
  if (!committed.ok()) return committed;

  pool_transaction& t = *transaction_;
  t.manager.inc(superblock_location);  // shared now, so that it is copied
  const auto copy = t.manager.shadow_block(superblock_location, block_kind::superblock);
  if (!copy.ok()) {
    t.manager.dec(superblock_location);
    return copy.failure();
  }
  if (!copy->inc_children) return status(EILSEQ);  // the superblock was not counted at all

  superblock::clear_space_map_roots(copy->block.span());
  const superblock held = superblock::load(copy->block.view());
  t.manager.inc(held.mapping_root);
  t.manager.inc(held.details_root);
  held_root_ = copy->block.location();
  return success;
}

status pool_metadata::release_metadata_snapshot() {
  const status started = begin_change();
  if (!started.ok()) return started;
  if (held_root_ == 0) return status(EINVAL);
  pool_transaction& t = *transaction_;
  const metadata_block location = held_root_;
  const auto copy = t.manager.read(location, block_kind::superblock);
  if (!copy.ok()) return copy.failure();
  held_root_ = 0;
  const superblock held = superblock::load(copy->view());
  tree_delete(t.mapping_tree, held.mapping_root).ignore();
  tree_delete(t.details, held.details_root).ignore();
  t.manager.dec(location);
  return success;
}

}  // namespace pdata
