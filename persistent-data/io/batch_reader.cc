#include "persistent-data/io/batch_reader.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>

namespace pdata {

namespace {

constexpr metadata_block request_blocks_max = 64;  // 256 KiB
constexpr metadata_block gap_blocks_max = 8;       // unwanted blocks read rather than skipped
constexpr unsigned workers_min = 4;                // requests in flight on a small machine
constexpr unsigned workers_max = 16;

}  // namespace

struct shared_progress {
  std::atomic<std::size_t> next_request{0};
  std::atomic<bool> stop{false};
  std::mutex mutex;
  std::exception_ptr failure;
};

batch_reader::batch_reader(block_device& device, unsigned workers)
    : device_(device),
      workers_(workers != 0 ? workers
                            : std::clamp(std::thread::hardware_concurrency() + 2, workers_min,
                                         workers_max)) {}

std::vector<batch_reader::request> batch_reader::plan(
    std::span<const metadata_block> wanted) const {
  std::vector<request> requests;
  for (std::size_t first = 0; first < wanted.size();) {
    std::size_t last = first + 1;
    while (last < wanted.size() && wanted[last] - wanted[last - 1] <= gap_blocks_max + 1 &&
           wanted[last] - wanted[first] < request_blocks_max)
      ++last;
    requests.push_back({first, last});
    first = last;
  }
  return requests;
}

void batch_reader::run_worker(unsigned worker, std::span<const metadata_block> wanted,
                              std::span<const request> requests, const block_visitor& visit,
                              shared_progress& progress) {
  try {
    const auto buffer = std::make_unique<block_buffer[]>(request_blocks_max);
    auto* const bytes = reinterpret_cast<std::byte*>(buffer.get());
    while (!progress.stop) {
      const std::size_t turn = progress.next_request++;
      if (turn >= requests.size()) return;
      const auto [first, last] = requests[turn];
      const metadata_block begin = wanted[first];
      const std::size_t length = (wanted[last - 1] + 1 - begin) * block_size;
      const bool whole = device_.read(begin, {bytes, length}).ok();
      for (std::size_t i = first; i < last; ++i) {
        auto& block = buffer[wanted[i] - begin];
        const status outcome = whole ? success : device_.read(wanted[i], block.span());
        visit({worker, wanted[i], outcome, block.view(), i});
      }
    }
  } catch (...) {
    const std::lock_guard lock(progress.mutex);
    if (!progress.failure) progress.failure = std::current_exception();
    progress.stop = true;
  }
}

void batch_reader::read(std::span<const metadata_block> wanted, const block_visitor& visit) {
  const auto requests = plan(wanted);
  shared_progress progress;
  {
    std::vector<std::jthread> helpers;
    const auto nr_helpers = std::min<std::size_t>(workers_, requests.size());
    for (unsigned worker = 1; worker < nr_helpers; ++worker)
      helpers.emplace_back([&, worker] { run_worker(worker, wanted, requests, visit, progress); });
    run_worker(0, wanted, requests, visit, progress);
  }
  if (progress.failure) std::rethrow_exception(progress.failure);
}

}  // namespace pdata
