// Memory that is zero at first, in pieces of one size. It comes from the system many pieces
// at once, where there may be many in huge pages: what is touched all over costs few page
// faults then. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

namespace pdata {

class zeroed_pieces {
 public:
  // At most `pieces_max` are taken at once. Allocates nothing yet.
  zeroed_pieces(std::size_t piece_bytes, std::uint64_t pieces_max);
  ~zeroed_pieces();
  zeroed_pieces(const zeroed_pieces&) = delete;
  zeroed_pieces& operator=(const zeroed_pieces&) = delete;

  // Aligned to a page where the size is a multiple of one. Throws std::bad_alloc.
  std::byte* take();
  // A piece that was taken, for others to use.
  void give_back(std::byte* piece);
  // The same, and till then its memory is the system's, if it is of whole pages.
  void release(std::byte* piece);

 private:
  void add_slab();

  std::size_t piece_bytes_;
  std::size_t slab_bytes_;
  bool huge_;
  std::mutex mutex_;
  std::vector<std::span<std::byte>> mapped_;
  std::span<std::byte> fresh_;  // zeroes, in no use yet
  std::vector<std::byte*> free_;
};

}  // namespace pdata
