#include "thin-tools/transfer/mark_keeper.h"

#include <chrono>
#include <utility>

namespace thin_tools {

namespace {

using clock = std::chrono::steady_clock;
constexpr auto pause = std::chrono::seconds(1);

}  // namespace

mark_keeper::mark_keeper(const transfer_target& target, std::string state_name)
    : target_(target),
      state_name_(std::move(state_name)),
      thread_([this](const std::stop_token& stop) { work(stop); }) {}

mark_keeper::~mark_keeper() {
  stop();
  if (failure_ || !newest_) return;
  try {
    keep(*newest_);
  } catch (...) {  // some more is to be received again, that is all
  }
}

void mark_keeper::work(const std::stop_token& stop) {
  auto due = clock::now() + pause;
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait_until(lock, stop, due, [] { return false; });
    if (!changed_.wait(lock, stop, [&] { return newest_.has_value(); }) || stop.stop_requested())
      return;
    const auto at = *std::exchange(newest_, std::nullopt);
    lock.unlock();
    std::exception_ptr failure;
    try {
      keep(at);
    } catch (...) {
      failure = std::current_exception();
    }
    due = clock::now() + pause;
    lock.lock();
    failure_ = failure;
    if (failure_) return;
  }
}

void mark_keeper::keep(const receive_state& at) const {
  target_.sync();
  write_receive_state(state_name_, at);
}

void mark_keeper::reached(const receive_state& at) {
  {
    const std::lock_guard lock(mutex_);
    if (failure_) std::rethrow_exception(failure_);
    newest_ = at;
  }
  changed_.notify_all();
}

void mark_keeper::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void mark_keeper::finish() {
  stop();
  newest_.reset();
  if (failure_) std::rethrow_exception(failure_);
}

}  // namespace thin_tools
