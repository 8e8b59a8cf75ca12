// Where counts on disk and counted references differ, as runs of blocks. Workers
// add; the numbers of blocks are exact, of the runs of either direction those with
// the lowest block numbers are kept, so that a map that is wrong everywhere costs
// little memory and leaks do not hide what is worse.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

namespace pdata {

struct count_difference {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;  // exclusive
  std::uint32_t stored = 0;
  std::uint32_t counted = 0;

  bool too_high() const { return stored > counted; }
  friend bool operator==(const count_difference&, const count_difference&) = default;
};

inline bool join(count_difference& open, const count_difference& next) {
  const bool joins =
      open.end == next.begin && open.stored == next.stored && open.counted == next.counted;
  if (joins) open.end = next.end;
  return joins;
}

class count_differences {
 public:
  static constexpr std::size_t runs_max = 4096;

  // Any thread; each block once.
  void add(const count_difference& run);

  std::uint64_t blocks_too_high() const { return blocks_too_high_; }
  std::uint64_t blocks_too_low() const { return blocks_too_low_; }
  // Ascending, equal neighbours joined. Not while another thread adds.
  std::vector<count_difference> runs() const;

 private:
  using run_list = std::vector<count_difference>;
  static void keep_lowest(run_list& runs);

  std::mutex mutex_;
  run_list too_high_;
  run_list too_low_;
  std::uint64_t blocks_too_high_ = 0;
  std::uint64_t blocks_too_low_ = 0;
};

}  // namespace pdata
