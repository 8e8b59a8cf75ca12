// The devices of pool_metadata: created, taken as snapshots, deleted, opened.
#include <algorithm>
#include <array>
#include <utility>

#include "persistent-data/engine/pool.h"
#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/tree_value.h"

namespace pdata {

bool pool_metadata::any_device_changed() const { return !changed_.empty(); }

void pool_metadata::note_change(thin_device& device) {
  if (!std::exchange(device.changed_, true)) changed_.push_back(&device);
}

thin_device* pool_metadata::keep_device(device_id device, const device_details& details,
                                        thin_device::details_are now) {
  thin_device& kept = devices_.try_emplace(device, device, details, now).first->second;
  kept.order_ = ++nr_kept_;
  if (kept.changed_) changed_.push_back(&kept);
  return &kept;
}

void pool_metadata::forget_device(thin_device& device) {
  if (device.changed_) std::erase(changed_, &device);
  devices_.erase(device_id(device.id_));
}

thin_device* pool_metadata::find_device(device_id device) {
  const auto found = devices_.find(device);
  return found == devices_.end() ? nullptr : &found->second;
}

// Whatever keeps the lookup from finding the device counts as "does not exist".
bool pool_metadata::details_exist(device_id device) {
  const pool_transaction& t = *transaction_;
  return tree_lookup(t.details, t.details_root, tree_keys(&device.value(), 1), {}).ok();
}

result<thin_device*> pool_metadata::load_device(device_id device, if_absent otherwise) {
  if (thin_device* const known = find_device(device)) {
    if (otherwise == if_absent::create) return status(EEXIST);
    ++known->open_count_;
    return known;
  }
  const pool_transaction& t = *transaction_;
  std::array<std::byte, device_details::bytes> value{};
  const status found = tree_lookup(t.details, t.details_root, tree_keys(&device.value(), 1), value);
  using enum thin_device::details_are;
  if (found.ok()) return keep_device(device, device_details::load(value), stored);
  if (found.errno_value() != ENODATA || otherwise == if_absent::fail) return found;
  return keep_device(device, device_details{0, transaction_id_, time_, time_}, to_be_written);
}

status pool_metadata::link_device(device_id device, metadata_block root) {
  pool_transaction& t = *transaction_;
  return tree_insert(t.device_level, t.mapping_root, tree_keys(&device.value(), 1),
                     encode_u64(root))
      .outcome();
}

status pool_metadata::create_thin(device_id device) {
  const status started = begin_change();
  if (!started.ok()) return started;
  if (details_exist(device)) return status(EEXIST);

  pool_transaction& t = *transaction_;
  const auto root = tree_create(t.device_tree);
  if (!root.ok()) return root.failure();
  const status linked = link_device(device, *root);
  if (!linked.ok()) {
    tree_delete(t.device_tree, *root).ignore();
    return linked;
  }
  const auto created = load_device(device, if_absent::create);
  if (!created.ok()) {
    tree_remove(t.device_level, t.mapping_root, device).ignore();
    tree_delete(t.device_tree, *root).ignore();
    return created.failure();
  }
  close_device(*created);
  return success;
}

status pool_metadata::set_snapshot_details(thin_device& snapshot, device_id origin) {
  const auto opened = load_device(origin, if_absent::fail);
  if (!opened.ok()) return opened.failure();
  thin_device& source = **opened;
  note_change(source);
  source.details_.snapshotted_time = time_;
  snapshot.details_.mapped_blocks = source.details_.mapped_blocks;
  snapshot.details_.snapshotted_time = time_;
  close_device(&source);
  return success;
}

status pool_metadata::create_snap(device_id device, device_id origin) {
  const status started = begin_change();
  if (!started.ok()) return started;
  if (details_exist(device)) return status(EEXIST);

  pool_transaction& t = *transaction_;
  const auto root = tree_lookup_u64(t.device_level, t.mapping_root, tree_keys(&origin.value(), 1));
  if (!root.ok()) return root.failure();
  t.manager.inc(*root);
  const status linked = link_device(device, *root);
  if (!linked.ok()) {
    t.manager.dec(*root);
    return linked;
  }
  ++time_;

  const auto created = load_device(device, if_absent::create);
  status outcome = created.outcome();
  if (created.ok()) {
    outcome = set_snapshot_details(**created, origin);
    close_device(*created);
  }
  if (outcome.ok()) return success;
  tree_remove(t.device_level, t.mapping_root, device).ignore();
  tree_remove(t.details, t.details_root, device).ignore();
  return outcome;
}

status pool_metadata::delete_device(device_id device) {
  const status started = begin_change();
  if (!started.ok()) return started;
  const auto opened = load_device(device, if_absent::fail);
  if (!opened.ok()) return opened.failure();
  if ((*opened)->open_count_ > 1) {
    close_device(*opened);
    return status(EBUSY);
  }
  forget_device(**opened);
  pool_transaction& t = *transaction_;
  const status forgotten = tree_remove(t.details, t.details_root, device);
  if (!forgotten.ok()) return forgotten;
  return tree_remove(t.device_level, t.mapping_root, device);
}

result<thin_device*> pool_metadata::open_device(device_id device) {
  if (failed_) return status(EINVAL);
  return load_device(device, if_absent::fail);
}

void pool_metadata::close_device(thin_device* device) {
  REQUIRE(device->open_count_ > 0);
  --device->open_count_;
}

}  // namespace pdata
