#include "tests/unit/support/pool_script.h"

#include <fmt/format.h>

#include <stdexcept>

namespace test_support {

using namespace pdata;

namespace {

constexpr std::uint32_t data_block_sectors = 128;
constexpr std::uint64_t max_data_blocks = 3000000;

}  // namespace

pool_script::pool_script(block_device& device, std::uint64_t nr_data_blocks) : device_(device) {
  open();
  if (!pool_->resize_data(nr_data_blocks).ok() || !pool_->commit().ok())
    throw std::runtime_error("the metadata device is too small for the test");
  model_.nr_data_blocks = nr_data_blocks;
  committed_ = model_;
  is_committed_ = true;
}

void pool_script::open() {
  auto opened = pool_metadata::open(device_, {.data_block_size = data_block_sectors});
  if (!opened.ok())
    throw std::runtime_error(fmt::format("cannot open: errno {}", opened.errno_value()));
  pool_ = std::move(*opened);
}

void pool_script::close_devices() {
  for (const auto& [id, device] : open_) pool_->close_device(device);
  open_.clear();
}

thin_device* pool_script::open_device(device_id id) {
  if (const auto known = open_.find(id); known != open_.end()) return known->second;
  const auto opened = pool_->open_device(id);
  return opened.ok() ? open_[id] = *opened : nullptr;
}

void pool_script::note_commit() {
  committed_ = model_;
  is_committed_ = true;
  fresh_.clear();
}

status pool_script::commit() {
  const status committed = pool_->commit();
  if (committed.ok()) note_commit();
  return committed;
}

// As the target reacts to a failure: abort, read-only, and opened again.
status pool_script::recover() {
  const status aborted = pool_->abort();
  if (!aborted.ok()) return aborted;
  pool_->set_read_only();
  close_devices();
  if (!pool_->close().ok()) throw std::runtime_error("cannot close after abort");
  open();
  model_ = committed_;
  is_committed_ = true;
  fresh_.clear();
  return success;
}

status pool_script::run(const pool_step& step) {
  status outcome;
  if (step.op >= pool_op::write_ascending && step.op <= pool_op::remove_range) {
    thin_device* const device = open_device(step.device);
    outcome = device == nullptr ? status(ENODATA) : run_on_device(step, device);
  } else if (step.op <= pool_op::delete_device) {
    outcome = run_message(step);
  } else {
    outcome = run_on_pool(step);
  }
  if (outcome.errno_value() == ENOSPC || outcome.errno_value() == EIO) {
    const status recovered = recover();
    if (!recovered.ok()) return recovered;
  }
  return outcome;
}

status pool_script::write(thin_device* device, device_model& model, thin_block block) {
  const auto found = pool_->find_block(device, block);
  if (found.ok() && !found->shared) return success;
  if (!found.ok() && found.errno_value() != ENODATA) return found.failure();
  is_committed_ = false;
  const auto data = pool_->alloc_data_block();
  if (!data.ok()) return data.failure();
  const status inserted = pool_->insert_block(device, block, *data);
  if (inserted.ok()) model.mappings[block] = {*data, model_.time};
  return inserted;
}

status pool_script::run_on_device(const pool_step& step, thin_device* device) {
  device_model& model = model_.devices.at(step.device);
  if (step.op == pool_op::remove_range) {
    is_committed_ = false;
    const thin_block end = step.begin + step.length;
    const status removed = pool_->remove_range(device, step.begin, end);
    if (removed.ok())
      model.mappings.erase(model.mappings.lower_bound(step.begin), model.mappings.lower_bound(end));
    return removed;
  }
  for (std::uint64_t i = 0; i < step.length; ++i) {
    const thin_block block = step.op == pool_op::write_ascending    ? step.begin + i
                             : step.op == pool_op::write_descending ? step.begin + step.length - i
                                                                    : step.begin + i * 7919 % 10007;
    const status written = write(device, model, block);
    if (!written.ok()) return written;
  }
  return success;
}

status pool_script::run_message(const pool_step& step) {
  // The kernel counts on a commit between the creation of a device and what may
  // happen to its id next; its target commits after each message.
  if (fresh_.contains(step.device)) {
    const status committed = commit();
    if (!committed.ok()) return committed;
  }
  is_committed_ = false;
  switch (step.op) {
    case pool_op::create_thin: {
      const status created = pool_->create_thin(step.device);
      if (!created.ok()) return created;
      model_.devices[step.device] = {{}, model_.time};
      fresh_.insert(step.device);
      return created;
    }
    case pool_op::create_snap: {
      const device_id origin = step.number % 8;
      const status created = pool_->create_snap(step.device, origin);
      if (!created.ok()) return created;
      ++model_.time;
      device_model& source = model_.devices.at(origin);
      source.snapshotted_time = model_.time;
      model_.devices[step.device] = source;
      fresh_.insert(step.device);
      return created;
    }
    default: {
      if (const auto known = open_.find(step.device); known != open_.end()) {
        pool_->close_device(known->second);
        open_.erase(known);
      }
      const status deleted = pool_->delete_device(step.device);
      if (deleted.ok()) model_.devices.erase(step.device);
      return deleted;
    }
  }
}

status pool_script::run_on_pool(const pool_step& step) {
  if (step.op != pool_op::commit && step.op != pool_op::reopen) is_committed_ = false;
  switch (step.op) {
    case pool_op::hold_data: {
      const auto device = model_.devices.find(step.device);
      if (device == model_.devices.end()) return status(ENODATA);
      const auto mapping = device->second.mappings.lower_bound(step.begin);
      if (mapping == device->second.mappings.end()) return status(ENODATA);
      const data_block block = mapping->second.block;
      const status held = pool_->inc_data_range(block, block + 1);
      if (held.ok()) ++model_.extra_data_references[block];
      return held;
    }
    case pool_op::release_data: {
      if (model_.extra_data_references.empty()) return success;
      const auto first = model_.extra_data_references.begin();
      const status released = pool_->dec_data_range(first->first, first->first + 1);
      if (released.ok() && --first->second == 0) model_.extra_data_references.erase(first);
      return released;
    }
    case pool_op::leak_data: {
      const auto data = pool_->alloc_data_block();
      if (data.ok()) ++model_.extra_data_references[*data];
      return data.outcome();
    }
    case pool_op::set_transaction_id: {
      const status set = pool_->set_transaction_id(model_.transaction_id, step.number);
      if (set.ok()) model_.transaction_id = step.number;
      return set;
    }
    case pool_op::reserve: {
      const status committed = commit();  // as reserve does itself
      if (!committed.ok()) return committed;
      const status reserved = pool_->reserve_metadata_snapshot();
      if (reserved.errno_value() != EBUSY) is_committed_ = false;
      if (reserved.ok()) {
        model_.held = true;
        for (const auto& [id, device] : model_.devices) model_.held_devices[id] = device.mappings;
      }
      return reserved;
    }
    case pool_op::release: {
      const status released = pool_->release_metadata_snapshot();
      if (released.ok()) {
        model_.held = false;
        model_.held_devices.clear();
      }
      return released;
    }
    case pool_op::grow_data: {
      const std::uint64_t wanted = model_.nr_data_blocks + step.number % 40000;
      if (wanted > max_data_blocks) return success;
      const status committed = commit();  // twice without a commit would grow too far
      if (!committed.ok()) return committed;
      is_committed_ = false;
      const status grown = pool_->resize_data(wanted);
      if (grown.ok()) model_.nr_data_blocks = wanted;
      return grown;
    }
    case pool_op::grow_metadata: {
      if (!grow_) return success;
      grow_(step.number % 300);
      return pool_->resize_metadata(device_.nr_blocks());
    }
    case pool_op::commit:
      return commit();
    case pool_op::abort:
      return recover();
    default: {
      const status committed = commit();
      if (!committed.ok()) return committed;
      close_devices();
      const status closed = pool_->close();
      open();
      return closed;
    }
  }
}

constexpr thin_block end_of_devices = UINT64_MAX;

// All mappings at once, and range by range, are those of the model.
std::optional<std::string> pool_script::find_range_difference(device_id id, thin_device* device,
                                                              const device_model& model) {
  const auto is_shared = [&](const mapping& m) { return model.snapshotted_time > m.time; };
  auto next = model.mappings.begin();
  bool same = true;
  const status visited = pool_->visit_mappings(
      device, 0, end_of_devices, [&](thin_block block, const block_lookup& found) {
        same = same && next != model.mappings.end() && next->first == block &&
               next->second.block == found.block && is_shared(next->second) == found.shared;
        if (same) ++next;
      });
  if (!visited.ok() || !same || next != model.mappings.end())
    return fmt::format("device {}: wrong mappings visited", id);
  for (auto first = model.mappings.begin(); first != model.mappings.end();) {
    auto last = first;
    do {
      next = last++;
    } while (last != model.mappings.end() && last->first == next->first + 1 &&
             last->second.block == next->second.block + 1 &&
             is_shared(last->second) == is_shared(first->second));
    const auto before =
        first == model.mappings.begin() ? pdata::thin_block(0) : std::prev(first)->first + 1;
    const auto range = pool_->find_mapped_range(device, before, end_of_devices);
    if (!range.ok() || range->begin != first->first || range->end != next->first + 1 ||
        range->first != first->second.block || range->shared != is_shared(first->second))
      return fmt::format("device {}: wrong range at block {}", id, first->first);
    first = last;
  }
  return std::nullopt;
}

std::optional<std::string> pool_script::find_difference() {
  for (const auto& [id, model] : model_.devices) {
    thin_device* const device = open_device(id);
    if (device == nullptr) return fmt::format("device {} is missing", id);
    if (device->mapped_blocks() != model.mappings.size())
      return fmt::format("device {}: {} mapped blocks", id, device->mapped_blocks());
    for (const auto& [block, mapping] : model.mappings) {
      const auto found = pool_->find_block(device, block);
      if (!found.ok() || found->block != mapping.block ||
          found->shared != (model.snapshotted_time > mapping.time))
        return fmt::format("device {}: wrong lookup of block {}", id, block);
    }
    if (auto difference = find_range_difference(id, device, model)) return difference;
    const auto highest = pool_->highest_mapped(device);
    const auto wanted = model.mappings.empty()
                            ? std::nullopt
                            : std::optional<thin_block>(model.mappings.rbegin()->first);
    if (!highest.ok() || *highest != wanted) return fmt::format("device {}: highest block", id);
  }
  return std::nullopt;
}

std::optional<std::string> find_fault(const pool_image& image, const pool_model& model) {
  if (!image.faults.empty()) return image.faults.front();
  if (image.metadata_counts != image.metadata_references) return "metadata counts are wrong";
  count_table data_references = image.data_references;
  for (const auto& [block, count] : model.extra_data_references) data_references[block] += count;
  if (image.data_counts != data_references) return "data counts are wrong";
  if (image.superblock.transaction_id != model.transaction_id) return "wrong transaction id";
  if (image.superblock.time != model.time) return "wrong time";
  if ((image.superblock.held_root != 0) != model.held) return "wrong held root";
  if (image.superblock.data_space_map.nr_blocks != model.nr_data_blocks) return "wrong data size";
  if (image.devices.size() != model.devices.size()) return "wrong number of devices";
  for (const auto& [id, device] : model.devices) {
    const auto found = image.devices.find(id);
    if (found == image.devices.end() || found->second != device.mappings)
      return fmt::format("device {}: wrong mappings", id);
    const auto details = image.details.find(id);
    if (details == image.details.end() || details->second.mapped_blocks != device.mappings.size() ||
        details->second.snapshotted_time != device.snapshotted_time)
      return fmt::format("device {}: wrong details", id);
  }
  return std::nullopt;
}

}  // namespace test_support
