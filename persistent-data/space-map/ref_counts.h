// Reference counts of a device's blocks, counted by several threads. One byte a
// block, in regions that come into being when a block in them is first counted;
// the few counts that do not fit a byte stand in a map.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

namespace pdata {

class ref_counts {
 public:
  static constexpr std::uint64_t region_blocks = 65536;

  // The caller bounds nr_blocks by what the metadata device can describe
  // (16320 blocks for each of its blocks); only a pointer for each region is
  // allocated here.
  explicit ref_counts(std::uint64_t nr_blocks);
  ~ref_counts();
  ref_counts(const ref_counts&) = delete;
  ref_counts& operator=(const ref_counts&) = delete;

  std::uint64_t nr_blocks() const { return nr_blocks_; }

  // Any thread. Requires block < nr_blocks().
  void increment(std::uint64_t block);
  void add(std::uint64_t block, std::uint32_t count);
  // Each of them, in an order that hides the latency of memory: the counts of
  // scattered blocks are in no cache. Requires every block < nr_blocks().
  void increment_all(std::span<const std::uint64_t> blocks);

  // Cheaper, where one thread alone counts. Requires block < nr_blocks().
  void increment_alone(std::uint64_t block) {
    cell& small = at(block);
    const std::uint8_t old = small.load(std::memory_order_relaxed);
    if (old < overflowed - 1) {
      small.store(static_cast<std::uint8_t>(old + 1), std::memory_order_relaxed);
    } else {
      increment(block);
    }
  }

  // Not while another thread counts. Requires block < nr_blocks().
  std::uint32_t get(std::uint64_t block) const;
  // The counts of consecutive blocks of one region, as bytes: a count of 255 and
  // more is 255. Not while another thread counts.
  void copy_small(std::uint64_t first, std::span<std::uint8_t> to) const;
  // Forgets the counts of a region. Not while another thread counts.
  void release_region(std::uint64_t region) { delete[] regions_[region].exchange(nullptr); }
  // True if no block from region_blocks * region on was ever counted, for scans.
  bool region_untouched(std::uint64_t region) const {
    return regions_[region].load(std::memory_order_acquire) == nullptr;
  }

 private:
  static constexpr std::uint8_t overflowed = 255;
  using cell = std::atomic<std::uint8_t>;

  cell& at(std::uint64_t block);

  std::uint64_t nr_blocks_;
  std::vector<std::atomic<cell*>> regions_;
  std::unordered_map<std::uint64_t, std::uint32_t> overflow_;  // whole counts of 255 and more
  std::mutex overflow_mutex_;
};

}  // namespace pdata
