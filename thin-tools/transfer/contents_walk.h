// The contents of a target, as thin-stream(5) digests them.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>

#include "persistent-data/format/block.h"
#include "thin-tools/transfer/transfer_target.h"

namespace thin_tools {

// Reads a target from its beginning, as far as it may go. Holes of files are not read.
class contents_walk {
 public:
  // Of the first `bytes`.
  contents_walk(const transfer_target& target, std::uint64_t bytes);

  // Over the pieces that end at `until` or before. `tell`: how far it is, bytes. Throws error.
  void go_on(std::uint64_t until, const std::function<void(std::uint64_t)>& tell);
  const digest_value& value() const { return sum_.value(); }

 private:
  const transfer_target& target_;
  std::uint64_t bytes_;
  std::uint64_t at_ = 0;
  bool zeroes_ = true;  // before that
  content_digest sum_;
  std::unique_ptr<pdata::block_buffer[]> memory_;
};

// Of the first `bytes`, all at once.
digest_value contents_of(const transfer_target& target, std::uint64_t bytes,
                         const std::function<void(std::uint64_t)>& tell);

// Reads, on a thread of its own, a target that is still written farther behind.
class contents_follower {
 public:
  contents_follower(const transfer_target& target, std::uint64_t bytes);
  contents_follower(const contents_follower&) = delete;
  contents_follower& operator=(const contents_follower&) = delete;

  // What lies before this byte changes no more. In ascending order.
  void settled(std::uint64_t until);
  // All is settled; waits for the end. Throws what reading threw.
  digest_value finish(const std::function<void(std::uint64_t)>& tell);

 private:
  void work(const std::stop_token& stop);

  contents_walk walk_;
  std::uint64_t bytes_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::uint64_t settled_ = 0;
  std::exception_ptr failure_;
  std::jthread thread_;
};

}  // namespace thin_tools
