// Has the device write a file's beginning while its end is still made: for files that end with
// a sync, which would find all of it in the page cache otherwise.
#pragma once

#include <algorithm>
#include <cstdint>

#include "persistent-data/io/file_handle.h"

namespace pdata {

class early_writeback {
 public:
  // After each write to the file.
  void wrote(const file_handle& to, std::uint64_t offset, std::uint64_t bytes) {
    begin_ = std::min(begin_, offset);
    end_ = std::max(end_, offset + bytes);
    pending_ += bytes;
    if (pending_ < batch_bytes) return;
    to.begin_writeback(begin_, end_ - begin_);
    *this = {};
  }

 private:
  static constexpr std::uint64_t batch_bytes = std::uint64_t{8} << 20;

  // What was not begun is between these.
  std::uint64_t begin_ = UINT64_MAX;
  std::uint64_t end_ = 0;
  std::uint64_t pending_ = 0;
};

}  // namespace pdata
