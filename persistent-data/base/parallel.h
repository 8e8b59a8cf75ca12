// Work on several threads: the one place that makes them for it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace pdata {

// How many threads keep the processors busy, at most 16: more only cost memory.
unsigned nr_processors();

// Work in turns. Turns are begun in ascending order; workers are numbered, 0 is the thread
// that calls, and each has one turn at a time.
using turn_visitor = std::function<void(unsigned worker, std::size_t turn)>;

// Threads that help whoever calls with its turns, and wait for the next call in between: to make
// one costs as much as to read and check some twenty blocks of a file. Not to be kept where the
// process may fork: only the thread that does goes on in the child.
class work_crew {
 public:
  // When helpers are called. Where it pays is not known before: reading takes a microsecond from
  // the page cache and ten milliseconds from a disk.
  enum class help : std::uint8_t {
    when_it_pays,  // by how long the turns before took
    at_once,
  };

  // So many workers, the calling thread among them; none are made yet.
  explicit work_crew(unsigned nr_workers);
  ~work_crew();
  work_crew(const work_crew&) = delete;
  work_crew& operator=(const work_crew&) = delete;

  // Calls visit(worker, turn) for each turn below nr_turns; the first turn is the calling
  // thread's. After an exception no turn is begun any more, and it is passed on when all workers
  // have stopped. A helper that comes too late for a turn is not waited for; where the system
  // grants fewer threads, those that are there do the work. One call at a time.
  void run(std::size_t nr_turns, const turn_visitor& visit, help when);

 private:
  struct job;

  void call_helpers(std::size_t nr_wanted);
  void answer_calls(unsigned worker);

  const unsigned nr_workers_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable called_;
  std::condition_variable left_;
  job* job_ = nullptr;
  std::size_t nr_called_ = 0;   // helpers, for this job
  std::size_t nr_awaited_ = 0;  // of these, not come yet
  std::size_t nr_busy_ = 0;
  bool stop_ = false;
  std::vector<std::jthread> helpers_;
};

// The same with helpers for one call.
void for_each_turn(std::size_t nr_turns, unsigned nr_workers, const turn_visitor& visit);

}  // namespace pdata
