#include "sim/report/heat_map.h"

#include <algorithm>

#include "persistent-data/base/checked_math.h"

namespace sim::report {

void heat_map::double_time() {
  std::vector<std::uint64_t> next(cells_.size());
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t column = 0; column < columns; ++column)
      next[row * columns + column / 2] += cells_[row * columns + column];
  cells_ = std::move(next);
  column_ns_ *= 2;
  column_ /= 2;
  column_begin_ = column_ * column_ns_;
}

void heat_map::double_addresses() {
  std::vector<std::uint64_t> next(cells_.size());
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t column = 0; column < columns; ++column)
      next[row / 2 * columns + column] += cells_[row * columns + column];
  cells_ = std::move(next);
  ++row_bits_;
}

void heat_map::add(std::uint64_t time_ns, pdata::sector first, std::uint64_t count) {
  if (count == 0) return;
  if (cells_.empty()) cells_.resize(columns * rows);
  if (time_ns - column_begin_ >= column_ns_) {
    while (time_ns / column_ns_ >= columns) double_time();
    column_ = pdata::to_size(time_ns / column_ns_);
    column_begin_ = column_ * column_ns_;
  }
  while (((first + count - 1) >> row_bits_) >= rows) double_addresses();
  for (const pdata::sector end = first + count; first < end;) {
    const auto row = first >> row_bits_;
    const auto here = std::min<pdata::sector>(end, (row + 1) << row_bits_) - first;
    cells_[pdata::to_size(row * columns + column_)] += here;
    first += here;
  }
}

}  // namespace sim::report
