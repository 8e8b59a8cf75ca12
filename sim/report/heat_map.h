// Where a device is read and written, over time: bytes in a fixed number of cells,
// whose time and addresses grow with the trace.
#pragma once

#include <cstdint>
#include <vector>

#include "persistent-data/base/ids.h"

namespace sim::report {

class heat_map {
 public:
  static constexpr std::size_t columns = 96;  // time
  static constexpr std::size_t rows = 48;     // addresses

  // Times do not decrease by more than what one column holds.
  void add(std::uint64_t time_ns, pdata::sector first, std::uint64_t count);

  bool empty() const { return cells_.empty(); }
  std::uint64_t column_ns() const { return column_ns_; }
  std::uint64_t row_sectors() const { return std::uint64_t{1} << row_bits_; }
  // Sectors, row by row from the lowest address: cells()[row * columns + column].
  const std::vector<std::uint64_t>& cells() const { return cells_; }

 private:
  void double_time();
  void double_addresses();

  std::uint64_t column_ns_ = 1'000'000;
  unsigned row_bits_ = 7;  // a row has 2 to the power of that sectors
  // Where the last time was: most are there, too.
  std::size_t column_ = 0;
  std::uint64_t column_begin_ = 0;
  std::vector<std::uint64_t> cells_;
};

}  // namespace sim::report
