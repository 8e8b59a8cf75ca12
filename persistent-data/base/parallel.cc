#include "persistent-data/base/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace pdata {

unsigned nr_processors() {
  constexpr unsigned most = 16;
  return std::clamp(std::thread::hardware_concurrency(), 1U, most);
}

void for_each_turn(std::size_t nr_turns, unsigned nr_workers,
                   const std::function<void(unsigned worker, std::size_t turn)>& visit) {
  std::atomic<std::size_t> next_turn{0};
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&](unsigned worker) {
    try {
      for (auto turn = next_turn++; turn < nr_turns; turn = next_turn++) visit(worker, turn);
    } catch (...) {
      next_turn = nr_turns;
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> helpers;
    try {
      for (unsigned worker = 1; worker < std::min<std::size_t>(nr_workers, nr_turns); ++worker)
        helpers.emplace_back(work, worker);
    } catch (const std::system_error&) {
      // No more threads to be had.
    }
    work(0);
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace pdata
