#include "sim/thin/pool.h"

#include <algorithm>

#include "sim/dm/request.h"
#include "sim/thin/new_mapping.h"
#include "sim/thin/thin_pool_target.h"
#include "sim/thin/thin_target.h"

namespace sim {

using pdata::result;
using pdata::status;
using pdata::success;

pool* pool_table::find(const mapped_device& pool_device) const {
  const auto found =
      std::ranges::find_if(pools, [&](const pool* p) { return &p->owner() == &pool_device; });
  return found == pools.end() ? nullptr : *found;
}

pool* pool_table::find_by_metadata(const device& metadata) const {
  const auto found = std::ranges::find_if(
      pools, [&](const pool* p) { return &p->metadata_device() == &metadata; });
  return found == pools.end() ? nullptr : *found;
}

pool::pool(pool_table& all, mapped_device& owner, device& metadata, device& data,
           sector block_sectors)
    : all_(all),
      owner_(owner),
      metadata_device_(metadata),
      data_device_(data),
      block_sectors_(block_sectors),
      view_(owner.mapper(), metadata),
      worker_(owner.mapper().loop(), [this] { work(); }),
      waker_(owner.mapper().loop(),
             [this] {
               wake();
               waker_.start(one_second);
             }),
      no_space_(owner.mapper().loop(), [this] { no_space_timed_out(); }),
      last_commit_(owner.mapper().loop().now()) {}

result<std::shared_ptr<pool>> pool::create(pool_table& all, mapped_device& owner, device& metadata,
                                           device& data, sector block_sectors, pool_mode mode) {
  std::shared_ptr<pool> made(new pool(all, owner, metadata, data, block_sectors));
  auto opened = pdata::pool_metadata::open(
      made->view_, {.data_block_size = static_cast<std::uint32_t>(block_sectors),
                    .may_format = mode != pool_mode::read_only,
                    .commits_before_snapshot = !all.settings.lacks.metadata_snap_commit,
                    .counts_children_of_only_child = !all.settings.lacks.refcount_underflow});
  if (!opened.ok()) return opened.failure();
  made->metadata_ = std::move(*opened);
  all.pools.insert(all.pools.begin(), made.get());
  return made;
}

pool::~pool() {
  std::erase(all_.pools, this);
  if (metadata_) metadata_->close().ignore();
}

void pool::cut_off() {
  metadata_->pay_device();
  view_.cut_off();
}

void pool::bind(thin_pool_target& target) {
  // The mode is changed only by set_mode, which needs the old one.
  const pool_mode wanted = target.adjusted().mode;
  target.adjusted().mode = features_.mode;
  bound_ = &target;
  features_ = target.adjusted();
  low_water_blocks_ = target.low_water_blocks();
  set_mode(wanted);
}

void pool::unbind(thin_pool_target& target) {
  if (bound_ == &target) bound_ = nullptr;
}

void pool::notify() {
  if (bound_ != nullptr) bound_->in().event();
}

void pool::metadata_low() { notify(); }

status pool::flush_data() {
  bio request;
  request.op = io_op::write;
  request.preflush = true;
  return submit_and_wait(owner_.mapper(), data_device_, request);
}

void pool::set_mode(pool_mode mode) {
  const pool_mode old = features_.mode;
  if (mode == pool_mode::write && metadata_->needs_check())
    mode = old == pool_mode::write ? pool_mode::read_only : old;
  if (old == pool_mode::fail) mode = old;
  switch (mode) {
    case pool_mode::fail:
    case pool_mode::out_of_metadata_space:
    case pool_mode::read_only:
      metadata_->set_read_only();
      // What waits for space fails; the reason is the mode it waited in.
      fail_retries(error_for_requests());
      break;
    case pool_mode::out_of_data_space:
      out_of_data_space_ = true;
      passes_discards_ = bound_ != nullptr && bound_->adjusted().discard_passdown;
      if (!features_.error_if_no_space && settings().no_space_timeout != 0)
        no_space_.start(settings().no_space_timeout);
      break;
    case pool_mode::write:
      if (old == pool_mode::out_of_data_space) no_space_.cancel();
      out_of_data_space_ = false;
      if (bound_ != nullptr) {
        features_.error_if_no_space = bound_->requested().error_if_no_space;
        passes_discards_ = bound_->adjusted().discard_passdown;
      }
      metadata_->set_read_write();
      break;
  }
  features_.mode = mode;
  out_of_space_before_ = out_of_space_time();
  out_of_space_since_.reset();
  const bool gave_up = counters_.metadata_failures != 0 && mode >= pool_mode::read_only;
  if (mode == pool_mode::out_of_data_space || mode == pool_mode::out_of_metadata_space || gave_up)
    out_of_space_since_ = owner_.mapper().loop().now();
  // A later resume must not bring back the mode of before.
  if (bound_ != nullptr) bound_->adjusted().mode = mode;
  if (mode != old) notify();
}

virtual_time pool::out_of_space_time() const {
  if (!out_of_space_since_) return out_of_space_before_;
  return out_of_space_before_ + (owner_.mapper().loop().now() - *out_of_space_since_);
}

void pool::abort_transaction() {
  if (!metadata_->abort().ok()) set_mode(pool_mode::fail);
  if (!metadata_->set_needs_check().ok()) set_mode(pool_mode::fail);
}

void pool::metadata_failed() {
  ++counters_.metadata_failures;
  abort_transaction();
  set_mode(pool_mode::read_only);
}

status pool::commit() {
  if (features_.mode >= pool_mode::out_of_metadata_space) return status(EINVAL);
  const auto r = metadata_->commit();
  if (!r.ok()) {
    metadata_failed();
    return r;
  }
  ++counters_.commits;
  if (settings().committed) settings().committed({metadata_device_, unmapped_blocks_});
  check_metadata_space();
  check_data_space();
  return r;
}

void pool::check_metadata_space() {
  const auto free = metadata_->free_metadata_blocks();
  if ((!free.ok() || *free == 0) && !is_read_only(features_.mode))
    set_mode(pool_mode::out_of_metadata_space);
}

void pool::check_data_space() {
  if (features_.mode != pool_mode::out_of_data_space) return;
  const auto free = metadata_->free_data_blocks();
  if (!free.ok() || *free == 0) return;
  set_mode(pool_mode::write);
  requeue_retries();
}

void pool::check_low_water(std::uint64_t free_blocks) {
  if (!low_water_blocks_ || free_blocks > *low_water_blocks_ || low_water_sent_) return;
  low_water_sent_ = true;
  notify();
}

void pool::fail_retries(int errno_value) {
  for (thin_target* thin : thins_) {
    bio_list failed;
    failed.take(thin->retries);
    while (bio* request = failed.pop()) end_bio(*request, errno_value);
  }
}

void pool::fail_waiting() {
  fail_retries(EIO);
  for (thin_target* thin : thins_) {
    bio_list requests;
    requests.take(thin->deferred);
    while (bio* request = requests.pop()) end_bio(*request, EIO);
    std::vector<bio_cell*> cells;
    cells.swap(thin->deferred_cells);
    for (bio_cell* cell : cells) end_cell(*cell, EIO);
  }
}

void pool::requeue_retries() {
  for (thin_target* thin : thins_) {
    thin->deferred.take(thin->retries);
    if (!thin->deferred.empty()) note_deferring(*thin);
  }
}

int pool::error_if_unserviceable() const {
  if (features_.mode != pool_mode::out_of_data_space) return EIO;
  return features_.error_if_no_space ? ENOSPC : 0;
}

void pool::no_space_timed_out() {
  if (features_.mode != pool_mode::out_of_data_space || features_.error_if_no_space) return;
  features_.error_if_no_space = true;
  notify();
  fail_retries(ENOSPC);
}

void pool::presuspend() {
  suspended_ = true;
  for (thin_target* thin : std::vector(thins_)) thin->in().owner().internal_suspend_noflush();
}

void pool::presuspend_undo() {
  for (thin_target* thin : std::vector(thins_)) thin->in().owner().internal_resume();
  suspended_ = false;
}

void pool::postsuspend() {
  waker_.cancel();
  no_space_.cancel();
  owner_.mapper().loop().run();
  commit().ignore();
}

void pool::resume() {
  requeue_retries();
  for (thin_target* thin : std::vector(thins_)) thin->in().owner().internal_resume();
  low_water_sent_ = false;
  suspended_ = false;
  wake();
  waker_.start(one_second);
}

}  // namespace sim
