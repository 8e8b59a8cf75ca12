// What is in a piece of a volume, looked at part by part, while a part is in the processor's
// cache.
#pragma once

#include <cstdint>
#include <span>

#include "persistent-data/base/all_zero.h"
#include "thin-tools/files/digest.h"

namespace thin_tools {

// Bytes of a piece that are copied out of the page cache at once.
inline constexpr std::size_t cached_part_bytes = std::size_t{128} << 10;

class piece_glance {
 public:
  enum class digests : std::uint8_t { unwanted, wanted };
  explicit piece_glance(digests kept) : digests_(kept) {}

  // `piece`: from its beginning to the end of what is there now.
  void go_on(std::span<const std::byte> piece) {
    zero_ = zero_ && pdata::all_zero(piece.subspan(seen_));
    seen_ = piece.size();
    if (zero_ || digests_ == digests::unwanted) return;
    sum_.add(piece.subspan(digested_));
    digested_ = piece.size();
  }

  bool zero() const { return zero_; }
  // If it is wanted, and not all is zero.
  digest_value value() const { return sum_.value(); }

 private:
  digests digests_;
  digest sum_;
  std::size_t seen_ = 0;
  std::size_t digested_ = 0;
  bool zero_ = true;
};

}  // namespace thin_tools
