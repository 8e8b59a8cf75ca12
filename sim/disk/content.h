// What a run of sectors holds, in the cheapest form that is still exact: zeroes,
// a stamp (each sector names the writer's seed and the sector it was written
// to), or bytes. One content describes any number of consecutive sectors: the
// content of the n-th one is at(n).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "persistent-data/base/ids.h"

namespace sim {

using pdata::sector;
using pdata::sector_bytes;

using byte_buffer = std::vector<std::byte>;

// Two words: there is one for each run of sectors that a disk holds. Copies of bytes
// share them.
class content {
 public:
  enum class kind : std::uint8_t { zero, stamp, bytes };

  content() = default;  // zeroes
  // Sector n holds 32 copies of the little-endian pair (seed, first + n).
  static content stamped(std::uint64_t seed, sector first);
  // Sector n holds the n-th 512 bytes; zeroes where all of them are.
  static content copy_of(std::span<const std::byte> bytes);
  // The same without a copy: valid as long as the bytes are, as a request is under way.
  static content view_of(std::span<const std::byte> bytes);
  // What whoever keeps the content of a request keeps: a copy of what is only viewed.
  content kept(sector count) const;

  content(const content& other) : word_(other.word_), at_(other.at_), kind_(other.kind_) { hold(); }
  content(content&& other) noexcept : word_(other.word_), at_(other.at_), kind_(other.kind_) {
    other.become_zero();
  }
  content& operator=(content other) noexcept {
    let_go();
    word_ = other.word_;
    at_ = other.at_;
    kind_ = other.kind_;
    other.become_zero();
    return *this;
  }
  ~content() { let_go(); }

  kind what() const { return kind_; }
  bool is_zero() const { return kind_ == kind::zero; }
  std::uint64_t seed() const { return kind_ == kind::stamp ? word_ : 0; }
  sector stamped_sector() const { return at_; }  // of a stamp: the sector its first one names
  content at(sector n) const {
    content later = *this;
    if (kind_ != kind::zero) later.at_ = (at_ + n) & sector_mask;
    return later;
  }

  // True if `next` describes what `count` sectors of this content are followed
  // by, so that both can be one run.
  bool continues_with(const content& next, sector count) const {
    if (kind_ != next.kind_) return false;
    if (kind_ == kind::zero) return true;
    return word_ == next.word_ && at_ + count == next.at_;
  }

  void copy_to(std::span<std::byte> to) const;  // a whole number of sectors
  // So many sectors where they are. Requires bytes.
  std::span<const std::byte> bytes(sector count) const;
  std::array<std::byte, sector_bytes> first_sector() const;

 private:
  struct shared_bytes;

  static constexpr unsigned sector_bits = 62;  // no device has as many sectors
  static constexpr std::uint64_t sector_mask = (std::uint64_t{1} << sector_bits) - 1;

  static content holding(shared_bytes* bytes);
  shared_bytes* shared() const;
  void hold() const {
    if (kind_ == kind::bytes) hold_bytes();
  }
  void let_go() {
    if (kind_ == kind::bytes) let_go_of_bytes();
  }
  void become_zero() {
    word_ = 0;
    at_ = 0;
    kind_ = kind::zero;
  }
  void hold_bytes() const;
  void let_go_of_bytes();

  std::uint64_t word_ = 0;  // the seed, or where the bytes are
  std::uint64_t at_ : sector_bits = 0;
  kind kind_ : 2 = kind::zero;
};
static_assert(sizeof(content) == 16);

// Receives `count` sectors at `offset` from the start of a request.
using content_sink = std::function<void(sector offset, sector count, const content&)>;

}  // namespace sim
