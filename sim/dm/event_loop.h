// Virtual time and the kernel's deferred work. Nothing here knows a real clock:
// time moves when somebody lets it pass, and everything that was due by then
// runs first, in the order of its time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

namespace sim {

using virtual_time = std::uint64_t;  // nanoseconds since the machine started
inline constexpr virtual_time one_second = 1'000'000'000;

class event_loop;

// Work that can be queued once at a time and never runs inside itself.
class work_item {
 public:
  work_item(event_loop& loop, std::function<void()> run) : loop_(loop), run_(std::move(run)) {}
  ~work_item() { cancel(); }
  work_item(const work_item&) = delete;
  work_item& operator=(const work_item&) = delete;

  void queue();
  void cancel();

 private:
  friend class event_loop;
  event_loop& loop_;
  std::function<void()> run_;
  bool queued_ = false;
  bool running_ = false;
  std::uint64_t waits_since_ = 0;  // event_loop::waits_ when it began to wait for a disk
};

class timer {
 public:
  timer(event_loop& loop, std::function<void()> run) : loop_(loop), run_(std::move(run)) {}
  ~timer() { cancel(); }
  timer(const timer&) = delete;
  timer& operator=(const timer&) = delete;

  // As queue_delayed_work: does nothing if the timer is pending already.
  void start(virtual_time delay);
  void cancel();

 private:
  friend class event_loop;
  event_loop& loop_;
  std::function<void()> run_;
  bool pending_ = false;
  std::uint64_t id_ = 0;
  virtual_time due_ = 0;
};

class event_loop {
 public:
  virtual_time now() const { return now_; }

  // Runs queued work until there is none left.
  void run();
  // The same for a caller that has more to do at once: work that has to wait for a disk meanwhile
  // goes on when the caller is done, or waits itself.
  void give_way();
  // By the work that runs: what it has just done took a disk's time.
  void waited_for_disk();
  void advance_to(virtual_time time);
  void advance(virtual_time delay) { advance_to(now_ + delay); }
  // Time in which nothing happens: what was due runs later, once.
  void skip_to(virtual_time time) {
    if (time > now_) now_ = time;
  }

  // Runs work, and lets time pass, until done() is true. Gives up, and returns
  // false, after `patience` of virtual time, or where nothing is due any more.
  bool run_until(const std::function<bool()>& done, virtual_time patience);

 private:
  friend class work_item;
  friend class timer;
  bool run_next_timer(virtual_time limit);
  void run_queued();
  bool may_run(const work_item& item) const;

  virtual_time now_ = 0;
  std::uint64_t next_id_ = 0;
  std::vector<work_item*> queue_;
  work_item* current_ = nullptr;
  bool caller_goes_on_ = false;  // in give_way()
  std::uint64_t waits_ = 1;      // how often a caller waited
  std::map<std::pair<virtual_time, std::uint64_t>, timer*> timers_;
};

}  // namespace sim
