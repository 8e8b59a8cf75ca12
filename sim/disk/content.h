// What a run of sectors holds, in the cheapest form that is still exact: zeroes,
// a stamp (each sector names the writer's seed and the sector it was written
// to), or bytes. One content describes any number of consecutive sectors: the
// content of the n-th one is at(n).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "persistent-data/base/ids.h"

namespace sim {

using pdata::sector;
using pdata::sector_bytes;

using byte_buffer = std::vector<std::byte>;

class content {
 public:
  enum class kind : std::uint8_t { zero, stamp, bytes };

  content() = default;  // zeroes
  // Sector n holds 32 copies of the little-endian pair (seed, first + n).
  static content stamped(std::uint64_t seed, sector first);
  // Sector n holds the n-th 512 bytes of the buffer.
  static content of_bytes(std::shared_ptr<const byte_buffer> buffer, sector offset = 0);
  static content copy_of(std::span<const std::byte> bytes);

  kind what() const { return kind_; }
  bool is_zero() const { return kind_ == kind::zero; }
  std::uint64_t seed() const { return seed_; }   // of a stamp
  sector stamped_sector() const { return at_; }  // of a stamp: the sector its first one names
  content at(sector n) const;

  // True if `next` describes what `count` sectors of this content are followed
  // by, so that both can be one run.
  bool continues_with(const content& next, sector count) const {
    if (kind_ != next.kind_) return false;
    if (kind_ == kind::zero) return true;
    return seed_ == next.seed_ && bytes_ == next.bytes_ && at_ + count == next.at_;
  }

  void copy_to(std::span<std::byte> to) const;  // a whole number of sectors
  std::array<std::byte, sector_bytes> first_sector() const;

 private:
  kind kind_ = kind::zero;
  std::uint64_t seed_ = 0;
  sector at_ = 0;
  std::shared_ptr<const byte_buffer> bytes_;
};

bool is_all_zero(std::span<const std::byte> bytes);

// Receives `count` sectors at `offset` from the start of a request.
using content_sink = std::function<void(sector offset, sector count, const content&)>;

}  // namespace sim
