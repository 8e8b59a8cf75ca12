#include "sim/dm/event_loop.h"

#include <algorithm>
#include <utility>

namespace sim {

void work_item::queue() {
  if (queued_) return;
  queued_ = true;
  loop_.queue_.push_back(this);
}

void work_item::cancel() {
  if (!queued_) return;
  queued_ = false;
  std::erase(loop_.queue_, this);
}

void timer::start(virtual_time delay) {
  if (pending_) return;
  pending_ = true;
  due_ = loop_.now_ + delay;
  id_ = loop_.next_id_++;
  loop_.timers_.emplace(std::pair(due_, id_), this);
}

void timer::cancel() {
  if (!pending_) return;
  pending_ = false;
  loop_.timers_.erase({due_, id_});
}

bool event_loop::may_run(const work_item& item) const {
  return !item.running_ && !(caller_goes_on_ && item.waits_since_ == waits_);
}

void event_loop::run_queued() {
  for (;;) {
    const auto next =
        std::ranges::find_if(queue_, [this](const work_item* item) { return may_run(*item); });
    if (next == queue_.end()) return;
    work_item* item = *next;
    queue_.erase(next);
    item->queued_ = false;
    item->running_ = true;
    work_item* const before = std::exchange(current_, item);
    item->run_();
    current_ = before;
    item->running_ = false;
  }
}

// A work item that waits for a device whose own work has to run calls this from
// inside itself: items that are running stay queued until they return.
void event_loop::run() {
  ++waits_;
  const bool before = std::exchange(caller_goes_on_, false);
  run_queued();
  caller_goes_on_ = before;
}

void event_loop::give_way() {
  const bool before = std::exchange(caller_goes_on_, true);
  run_queued();
  caller_goes_on_ = before;
}

void event_loop::waited_for_disk() {
  if (caller_goes_on_ && current_ != nullptr) current_->waits_since_ = waits_;
}

bool event_loop::run_next_timer(virtual_time limit) {
  if (timers_.empty() || timers_.begin()->first.first > limit) return false;
  timer* due = timers_.begin()->second;
  now_ = std::max(now_, due->due_);
  due->cancel();
  due->run_();
  run();
  return true;
}

void event_loop::advance_to(virtual_time time) {
  run();
  while (run_next_timer(time)) {
  }
  now_ = std::max(now_, time);
}

bool event_loop::run_until(const std::function<bool()>& done, virtual_time patience) {
  if (done()) return true;
  run();
  const virtual_time limit = now_ + patience;
  while (!done())
    if (!run_next_timer(limit)) return false;
  return true;
}

}  // namespace sim
