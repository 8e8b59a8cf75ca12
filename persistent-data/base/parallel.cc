#include "persistent-data/base/parallel.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <system_error>

namespace pdata {

namespace {

using steady = std::chrono::steady_clock;

// Of work for each helper: several times what it takes to make one.
constexpr std::chrono::nanoseconds worth_a_helper = std::chrono::microseconds(200);

// How often this thread has waited: for a device, in the main.
std::uint64_t nr_waits() {
  rusage used{};
  return ::getrusage(RUSAGE_THREAD, &used) == 0 ? static_cast<std::uint64_t>(used.ru_nvcsw) : 0;
}

// How many helpers a call is to have, found as its turns pass.
class help_wanted {
 public:
  help_wanted(std::size_t most, std::size_t at_first)
      : most_(most), wanted_(std::min(most, at_first)) {}

  std::size_t now() const { return wanted_; }
  // The caller's turns passed, so many; true if more helpers are wanted than before.
  bool grows(std::size_t nr_passed) {
    if (wanted_ == most_) return false;
    const auto elapsed = steady::now() - begin_;
    if (elapsed < next_look_) return false;
    next_look_ = elapsed + worth_a_helper;
    // Who computes has no use for more threads than there are processors.
    const bool waits = (nr_waits() - waits_before_) * 2 > nr_passed;
    const auto useful = waits ? most_ : std::min<std::size_t>(most_, nr_processors() - 1);
    const auto wanted = std::min(useful, static_cast<std::size_t>(elapsed / worth_a_helper));
    if (wanted <= wanted_) return false;
    wanted_ = wanted;
    return true;
  }

 private:
  std::size_t most_;
  std::size_t wanted_;
  steady::time_point begin_ = steady::now();
  std::chrono::nanoseconds next_look_ = worth_a_helper;
  std::uint64_t waits_before_ = nr_waits();
};

}  // namespace

unsigned nr_processors() {
  constexpr unsigned most = 16;
  // The C library reads a file for it.
  static const unsigned found = std::clamp(std::thread::hardware_concurrency(), 1U, most);
  return found;
}

struct work_crew::job {
  job(std::size_t turns, const turn_visitor& what) : nr_turns(turns), visit(what) {}

  const std::size_t nr_turns;
  const turn_visitor& visit;
  std::atomic<std::size_t> next_turn = 1;  // the first is the caller's
  std::mutex mutex;                        // guards what follows
  std::exception_ptr failure = nullptr;

  bool any_left() const { return next_turn < nr_turns; }
  void fail() {
    next_turn = nr_turns;
    const std::lock_guard lock(mutex);
    if (!failure) failure = std::current_exception();
  }
};

work_crew::work_crew(unsigned nr_workers) : nr_workers_(std::max(nr_workers, 1U)) {}

work_crew::~work_crew() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  called_.notify_all();
}

// So many of them in all for this job, as far as there are any.
void work_crew::call_helpers(std::size_t nr_wanted) {
  std::size_t nr_more = 0;
  {
    const std::lock_guard lock(mutex_);
    try {
      while (helpers_.size() < nr_wanted)
        helpers_.emplace_back(
            [this, worker = static_cast<unsigned>(helpers_.size() + 1)] { answer_calls(worker); });
    } catch (const std::system_error&) {
      // No more threads to be had.
    }
    nr_wanted = std::min(nr_wanted, helpers_.size());
    if (nr_wanted <= nr_called_) return;
    nr_more = nr_wanted - nr_called_;
    nr_awaited_ += nr_more;
    nr_called_ = nr_wanted;
  }
  for (; nr_more > 0; --nr_more) called_.notify_one();
}

void work_crew::answer_calls(unsigned worker) {
  std::unique_lock lock(mutex_);
  for (;;) {
    called_.wait(lock, [this] { return stop_ || nr_awaited_ != 0; });
    if (stop_) return;
    --nr_awaited_;
    ++nr_busy_;
    job& on = *job_;
    lock.unlock();
    try {
      for (auto turn = on.next_turn++; turn < on.nr_turns; turn = on.next_turn++)
        on.visit(worker, turn);
    } catch (...) {
      on.fail();
    }
    lock.lock();
    if (--nr_busy_ == 0) left_.notify_one();
  }
}

void work_crew::run(std::size_t nr_turns, const turn_visitor& visit, help when) {
  if (nr_turns == 0) return;
  job mine(nr_turns, visit);
  const std::size_t most = std::min<std::size_t>(nr_workers_, nr_turns) - 1;
  if (most == 0) {
    for (std::size_t turn = 0; turn < nr_turns; ++turn) visit(0, turn);
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    job_ = &mine;
  }
  help_wanted helpers(most, when == help::at_once ? most : 0);
  try {
    if (helpers.now() > 0) call_helpers(helpers.now());
    std::size_t nr_passed = 0;
    for (std::size_t turn = 0; turn < nr_turns; turn = mine.next_turn++) {
      visit(0, turn);
      if (mine.any_left() && helpers.grows(++nr_passed)) call_helpers(helpers.now());
    }
  } catch (...) {
    mine.fail();
  }
  {
    std::unique_lock lock(mutex_);
    nr_awaited_ = nr_called_ = 0;
    left_.wait(lock, [this] { return nr_busy_ == 0; });
    job_ = nullptr;
  }
  if (mine.failure) std::rethrow_exception(mine.failure);
}

void for_each_turn(std::size_t nr_turns, unsigned nr_workers, const turn_visitor& visit) {
  work_crew(nr_workers).run(nr_turns, visit, work_crew::help::at_once);
}

}  // namespace pdata
