#include "thin-tools/report/parallel_text.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace thin_tools {

namespace {

constexpr std::size_t held_bytes_max = std::size_t{1} << 20;  // of a part before its turn
constexpr std::size_t piece_bytes = std::size_t{1} << 16;
constexpr std::size_t threads_max = 8;

// Thrown in the other threads where one has failed.
struct given_up {};

// Whose turn it is to write.
class part_order {
 public:
  bool has_come(std::size_t part) {
    const std::lock_guard lock(mutex_);
    if (failure_) throw given_up();
    return current_ == part;
  }
  void wait_for(std::size_t part) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return failure_ || current_ == part; });
    if (failure_) throw given_up();
  }
  void pass_on() {
    const std::lock_guard lock(mutex_);
    ++current_;
    changed_.notify_all();
  }
  void fail(std::exception_ptr why) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::move(why);
    changed_.notify_all();
  }
  void rethrow_failure() {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t current_ = 0;
  std::exception_ptr failure_;
};

// Takes the text of one part after the other, of those that a thread makes.
class part_sink : public text_sink {
 public:
  part_sink(text_sink& to, part_order& order) : to_(to), order_(order) {}

  void begin(std::size_t part) {
    part_ = part;
    is_turn_ = false;
  }
  void write(std::string_view text) override {
    if (!is_turn_) is_turn_ = order_.has_come(part_);
    if (!is_turn_ && held_.size() + text.size() <= held_bytes_max) {
      held_ += text;
      return;
    }
    write_held();
    to_.write(text);
  }
  void end() {
    write_held();
    order_.pass_on();
  }

 private:
  void write_held() {
    if (!is_turn_) order_.wait_for(part_);
    is_turn_ = true;
    if (!held_.empty()) to_.write(held_);
    held_.clear();
  }

  text_sink& to_;
  part_order& order_;
  std::string held_;
  std::size_t part_ = 0;
  bool is_turn_ = false;
};

}  // namespace

void write_parts(text_sink& to, std::size_t nr_parts, const part_maker& make) {
  std::atomic<std::size_t> next_part{0};
  part_order order;
  const auto work = [&] {
    try {
      part_sink sink(to, order);
      text_buffer out(sink, piece_bytes);
      for (auto part = next_part++; part < nr_parts; part = next_part++) {
        sink.begin(part);
        make(part, out);
        out.finish();
        sink.end();
      }
    } catch (const given_up&) {
    } catch (...) {
      order.fail(std::current_exception());
    }
  };
  {
    const auto nr_threads = std::min<std::size_t>(
        {nr_parts, threads_max, std::max(1U, std::thread::hardware_concurrency())});
    std::vector<std::jthread> helpers;
    for (std::size_t i = 1; i < nr_threads; ++i) helpers.emplace_back(work);
    work();
  }
  order.rethrow_failure();
}

}  // namespace thin_tools
