#include "thin-tools/transfer/contents_walk.h"

#include <algorithm>

#include "thin-tools/transfer/piece_glance.h"

namespace thin_tools {

contents_walk::contents_walk(const transfer_target& target, std::uint64_t bytes)
    : target_(target),
      bytes_(bytes),
      sum_(bytes),
      memory_(
          std::make_unique_for_overwrite<pdata::block_buffer[]>(piece_bytes / pdata::block_size)) {}

void contents_walk::go_on(std::uint64_t until, const std::function<void(std::uint64_t)>& tell) {
  const auto end = until < bytes_ ? until / piece_bytes * piece_bytes : bytes_;
  while (at_ < end) {
    // Asking waits for who writes, so that is done where there was a hole before.
    const auto data = zeroes_ ? target_.next_data(at_, end) : at_;
    if (data == end) break;
    const auto index = data / piece_bytes;
    const auto begin = index * piece_bytes;
    const std::span piece(
        reinterpret_cast<std::byte*>(memory_.get()),
        static_cast<std::size_t>(std::min<std::uint64_t>(piece_bytes, bytes_ - begin)));
    piece_glance look(piece_glance::digests::wanted);
    for (std::size_t at = 0; at < piece.size(); at += cached_part_bytes) {
      const auto part = std::min(cached_part_bytes, piece.size() - at);
      target_.read(begin + at, piece.subspan(at, part));
      look.go_on(piece.first(at + part));
    }
    zeroes_ = look.zero();
    if (!zeroes_) sum_.add(index, look.value());
    at_ = begin + piece.size();
    tell(at_);
  }
  at_ = std::max(at_, end);
}

digest_value contents_of(const transfer_target& target, std::uint64_t bytes,
                         const std::function<void(std::uint64_t)>& tell) {
  contents_walk walk(target, bytes);
  walk.go_on(bytes, tell);
  return walk.value();
}

contents_follower::contents_follower(const transfer_target& target, std::uint64_t bytes)
    : walk_(target, bytes),
      bytes_(bytes),
      thread_([this](const std::stop_token& stop) { work(stop); }) {}

void contents_follower::work(const std::stop_token& stop) {
  constexpr std::uint64_t stride = 4 * piece_bytes;  // between two looks at what is wanted
  std::unique_lock lock(mutex_);
  std::uint64_t done = 0;
  while (changed_.wait(lock, stop, [&] { return settled_ > done; }) && !stop.stop_requested()) {
    done = std::min(settled_, done + stride);
    lock.unlock();
    try {
      walk_.go_on(done, [](std::uint64_t) {});
    } catch (...) {
      failure_ = std::current_exception();  // looked at when this thread has ended
      return;
    }
    lock.lock();
  }
}

void contents_follower::settled(std::uint64_t until) {
  if (until / piece_bytes == settled_ / piece_bytes) return;
  {
    const std::lock_guard lock(mutex_);
    settled_ = until;
  }
  changed_.notify_all();
}

digest_value contents_follower::finish(const std::function<void(std::uint64_t)>& tell) {
  thread_.request_stop();
  thread_.join();
  if (failure_) std::rethrow_exception(failure_);
  walk_.go_on(bytes_, tell);
  return walk_.value();
}

}  // namespace thin_tools
