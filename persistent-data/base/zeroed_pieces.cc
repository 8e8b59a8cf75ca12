#include "persistent-data/base/zeroed_pieces.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "persistent-data/base/memory_room.h"

namespace pdata {

namespace {

constexpr std::size_t huge_page_bytes = std::size_t{2} << 20;

}  // namespace

zeroed_pieces::zeroed_pieces(std::size_t piece_bytes, std::uint64_t pieces_max)
    : piece_bytes_(piece_bytes),
      slab_bytes_(std::max(piece_bytes, huge_page_bytes)),
      huge_(pieces_max >= slab_bytes_ / piece_bytes) {
  if (!huge_) slab_bytes_ = to_room(std::max<std::uint64_t>(pieces_max, 1) * piece_bytes);
}

zeroed_pieces::~zeroed_pieces() {
  for (const auto& slab : mapped_) ::munmap(slab.data(), slab.size());
}

// A huge page lies at a multiple of its size: somewhere in twice as many bytes.
void zeroed_pieces::add_slab() {
  mapped_.reserve(mapped_.size() + 1);
  const std::size_t bytes = huge_ ? slab_bytes_ + huge_page_bytes : slab_bytes_;
  void* const at =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) throw std::bad_alloc();
  mapped_.emplace_back(static_cast<std::byte*>(at), bytes);
  std::size_t skipped = 0;
  if (huge_) {
    skipped = (huge_page_bytes - reinterpret_cast<std::uintptr_t>(at) % huge_page_bytes) %
              huge_page_bytes;
    // Where there are no huge pages it works all the same.
    static_cast<void>(::madvise(mapped_.back().data() + skipped, slab_bytes_, MADV_HUGEPAGE));
  }
  fresh_ = mapped_.back().subspan(skipped, slab_bytes_);
}

std::byte* zeroed_pieces::take() {
  const std::lock_guard lock(mutex_);
  if (!free_.empty()) {
    std::byte* const piece = free_.back();
    free_.pop_back();
    std::memset(piece, 0, piece_bytes_);
    return piece;
  }
  if (fresh_.size() < piece_bytes_) add_slab();
  std::byte* const piece = fresh_.data();
  fresh_ = fresh_.subspan(piece_bytes_);
  return piece;
}

void zeroed_pieces::release(std::byte* piece) {
  static_cast<void>(::madvise(piece, piece_bytes_, MADV_DONTNEED));
  give_back(piece);
}

void zeroed_pieces::give_back(std::byte* piece) {
  const std::lock_guard lock(mutex_);
  free_.push_back(piece);
}

}  // namespace pdata
