// Memory for pieces of bytes of any size that come and go, such as versions of metadata blocks:
// a piece is a chain of cells, all of one size, so that whatever was let go serves whatever comes
// next, and to let a piece go touches none of its cells.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace sim {

class cell_pool {
 public:
  struct cell {
    cell* next;
    std::array<std::byte, 120> bytes;
  };

  // Copies the bytes, 1 or more; returns the first cell.
  cell* keep(std::span<const std::byte> bytes);
  void let_go(cell* first) { free_.push_back(first); }
  // Copies as many bytes as were kept there, or fewer.
  static void copy(const cell* first, std::span<std::byte> to);

 private:
  static constexpr std::size_t cells_per_slab = 512;

  cell* take();

  std::vector<cell*> free_;  // the first ones of chains
  std::vector<std::unique_ptr<cell[]>> slabs_;
  std::size_t used_ = cells_per_slab;  // of the last slab
};

}  // namespace sim
