#include "sim/dm/mapped_device.h"

#include <fmt/format.h>

#include <utility>

#include "persistent-data/base/error.h"
#include "sim/dm/device_mapper.h"

namespace sim {

using pdata::status;
using pdata::success;

mapped_device::mapped_device(device_mapper& mapper, std::string name, device_number number)
    : device("/dev/mapper/" + name, number), mapper_(mapper), name_(std::move(name)) {
  limits_ = queue_limits::stacking(mapper.rules());
  limits_.max_write_zeroes_sectors = 0;
}

// Its tables give back what it has opened.
mapped_device::~mapped_device() { drop_tables(); }

void mapped_device::drop_tables() {
  inactive_.reset();
  active_.reset();
}

void mapped_device::give_way() { mapper_.loop().give_way(); }

status mapped_device::get_device(device& used, device_access access) {
  auto& count = used_[{&used, access}];
  if (count == 0) {
    if (const auto r = used.open(); !r.ok()) return r;
  }
  ++count;
  return success;
}

void mapped_device::put_device(device& used, device_access access) {
  const auto found = used_.find({&used, access});
  if (--found->second != 0) return;
  used_.erase(found);
  used.close();
}

status mapped_device::load(std::span<const table_line> lines) {
  if (lines.empty()) return status(EINVAL);
  auto loaded = std::make_unique<table>(*this);
  for (const auto& line : lines)
    if (const auto r = loaded->add_target(line); !r.ok()) return r;
  if (immutable_type_ != nullptr && immutable_type_ != loaded->immutable_type() &&
      !loaded->is_wildcard())
    return status(EINVAL);
  // The first table that is loaded sets up the device's queue, and so is
  // checked at once; a later one when it is swapped in.
  if (!limits_known_) {
    const auto limits = loaded->calculate_limits();
    if (!limits.ok()) return limits.failure();
    take_limits(*loaded, *limits);
    limits_known_ = true;
  }
  inactive_ = std::move(loaded);
  return success;
}

void mapped_device::suspend_targets(flush_mode mode) {
  noflush_suspending_ = mode == flush_mode::noflush;
  if (active_)
    for (const auto& t : active_->targets()) t->presuspend(mode);
  blocked_ = true;
  mapper_.loop().run();
  if (in_flight_ != 0 &&
      !mapper_.loop().run_until([this] { return in_flight_ == 0; }, mapper_.patience()))
    throw pdata::error(fmt::format("suspend of '{}' would wait forever for its requests", name_));
  noflush_suspending_ = false;
}

void mapped_device::post_suspend() {
  if (!active_) return;
  for (const auto& t : active_->targets()) t->postsuspend();
}

status mapped_device::suspend(flush_mode mode) {
  if (suspended_) return success;
  if (suspended_internally_)
    throw pdata::error(
        fmt::format("suspend of '{}' would wait forever: its pool is suspended", name_));
  suspend_targets(mode);
  suspended_ = true;
  post_suspend();
  return success;
}

status mapped_device::swap_tables(std::unique_ptr<table>& old) {
  const bool keeps_limits = active_ && inactive_->has_no_devices();
  const auto limits =
      keeps_limits ? pdata::result<queue_limits>(limits_) : inactive_->calculate_limits();
  if (!limits.ok()) {
    inactive_.reset();
    return limits.failure();
  }
  take_limits(*inactive_, *limits);
  old = std::move(active_);
  active_ = std::move(inactive_);
  size_ = active_->size();
  leads_back_ = active_->leads_to(*this);
  active_->deliver_events([this] { count_event(); });
  immutable_type_ = active_->immutable_type();
  return success;
}

void mapped_device::take_limits(const table& of, queue_limits limits) {
  of.restrict(limits);
  set_limits(limits, mapper_.rules());
}

status mapped_device::resume_targets() {
  for (const auto& t : active_->targets())
    if (const auto r = t->preresume(); !r.ok()) return r;
  for (const auto& t : active_->targets()) t->resume();
  release_deferred();
  return success;
}

void mapped_device::release_deferred() {
  blocked_ = false;
  bio_list waiting;
  waiting.take(deferred_);
  while (bio* request = waiting.pop()) process(*request);
}

status mapped_device::resume(flush_mode mode) {
  std::unique_ptr<table> old;
  if (inactive_) {
    if (!suspended_)
      if (const auto r = suspend(mode); !r.ok()) return r;
    if (const auto r = swap_tables(old); !r.ok()) return r;
  }
  if (!suspended_) return success;
  if (suspended_internally_)
    throw pdata::error(
        fmt::format("resume of '{}' would wait forever: its pool is suspended", name_));
  if (!active_ || active_->size() == 0) return status(EINVAL);
  const auto r = resume_targets();
  if (r.ok()) suspended_ = false;
  return r;
}

void mapped_device::internal_suspend_noflush() {
  if (internal_suspends_++ != 0) return;
  if (!suspended_) {
    suspend_targets(flush_mode::noflush);
    suspended_internally_ = true;
    post_suspend();
  }
  suspended_internally_ = true;
}

void mapped_device::internal_resume() {
  if (--internal_suspends_ != 0) return;
  if (!suspended_ && active_ && !resume_targets().ok()) suspended_ = true;
  suspended_internally_ = false;
}

void mapped_device::fail_waiting() {
  bio_list waiting;
  waiting.take(deferred_);
  while (bio* request = waiting.pop()) end_bio(*request, EIO);
}

void mapped_device::tear_down() {
  inactive_.reset();
  if (!suspended_ && active_) {
    for (const auto& t : active_->targets()) t->presuspend(flush_mode::flush);
    suspended_ = true;
    post_suspend();
  }
  active_.reset();
}

}  // namespace sim
