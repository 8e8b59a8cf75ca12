#include "thin-tools/text/parallel_text.h"

#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <vector>

#include "persistent-data/base/parallel.h"

namespace thin_tools {

namespace {

constexpr std::size_t held_bytes_max = std::size_t{1} << 20;  // of a part before its turn
constexpr std::size_t piece_bytes = std::size_t{1} << 16;

// Whose turn it is to write. A failure ends the waiting of all.
class part_order {
 public:
  bool has_come(std::size_t part) {
    const std::lock_guard lock(mutex_);
    if (failure_) std::rethrow_exception(failure_);
    return current_ == part;
  }
  void wait_for(std::size_t part) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return failure_ || current_ == part; });
    if (failure_) std::rethrow_exception(failure_);
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

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t current_ = 0;
  std::exception_ptr failure_;
};

// Takes the text of one part after the other, of those that a worker makes.
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

struct worker {
  worker(text_sink& to, part_order& order) : sink(to, order), out(sink, piece_bytes) {}
  part_sink sink;
  text_buffer out;
};

}  // namespace

void write_parts(text_sink& to, std::size_t nr_parts, const part_maker& make) {
  part_order order;
  const unsigned nr_workers = pdata::nr_processors();
  std::vector<std::unique_ptr<worker>> workers;
  for (unsigned i = 0; i < nr_workers; ++i) workers.push_back(std::make_unique<worker>(to, order));
  pdata::for_each_turn(nr_parts, nr_workers, [&](unsigned number, std::size_t part) {
    auto& [sink, out] = *workers[number];
    try {
      sink.begin(part);
      make(part, out);
      out.finish();
      sink.end();
    } catch (...) {
      order.fail(std::current_exception());
      throw;
    }
  });
}

}  // namespace thin_tools
