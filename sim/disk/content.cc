#include "sim/disk/content.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>
#include <utility>

#include "persistent-data/base/all_zero.h"
#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/require.h"

namespace sim {

namespace {

constexpr int pairs_per_sector = 32;

void store_little_endian(std::byte* to, std::uint64_t value) {
  for (int i = 0; i < 8; ++i) to[i] = static_cast<std::byte>(value >> (8 * i));
}

void write_stamp(std::byte* to, std::uint64_t seed, sector named) {
  for (int pair = 0; pair < pairs_per_sector; ++pair) {
    store_little_endian(to + 16 * pair, seed);
    store_little_endian(to + 16 * pair + 8, named);
  }
}

}  // namespace

// Used by several threads, which never change the bytes.
struct content::shared_bytes {
  explicit shared_bytes(std::span<const std::byte> viewed) : bytes(viewed) {}
  explicit shared_bytes(byte_buffer kept) : owned(std::move(kept)), bytes(owned) {}

  bool is_view() const { return owned.empty(); }

  std::atomic<std::uint32_t> holders = 1;
  const byte_buffer owned;
  const std::span<const std::byte> bytes;
};

content::shared_bytes* content::shared() const {
  return std::bit_cast<shared_bytes*>(static_cast<std::uintptr_t>(word_));
}

void content::hold_bytes() const { shared()->holders.fetch_add(1, std::memory_order_relaxed); }

void content::let_go_of_bytes() {
  if (shared()->holders.fetch_sub(1, std::memory_order_acq_rel) == 1) delete shared();
}

content content::stamped(std::uint64_t seed, sector first) {
  content c;
  c.kind_ = kind::stamp;
  c.word_ = seed;
  c.at_ = first & sector_mask;
  return c;
}

content content::copy_of(std::span<const std::byte> bytes) {
  if (pdata::all_zero(bytes)) return {};
  return holding(new shared_bytes(byte_buffer(bytes.begin(), bytes.end())));
}

content content::view_of(std::span<const std::byte> bytes) {
  return pdata::all_zero(bytes) ? content() : holding(new shared_bytes(bytes));
}

content content::kept(sector count) const {
  if (kind_ != kind::bytes || !shared()->is_view()) return *this;
  return copy_of(bytes(count));
}

content content::holding(shared_bytes* bytes) {
  content c;
  c.word_ = std::bit_cast<std::uintptr_t>(bytes);
  c.kind_ = kind::bytes;
  return c;
}

void content::copy_to(std::span<std::byte> to) const {
  REQUIRE(to.size() % sector_bytes == 0);
  switch (kind_) {
    case kind::zero:
      std::memset(to.data(), 0, to.size());
      break;
    case kind::stamp:
      for (std::size_t n = 0; n < to.size() / sector_bytes; ++n)
        write_stamp(to.data() + n * sector_bytes, word_, at_ + n);
      break;
    case kind::bytes:
      REQUIRE(at_ * sector_bytes + to.size() <= shared()->bytes.size());
      std::memcpy(to.data(), bytes(to.size() / sector_bytes).data(), to.size());
      break;
  }
}

std::span<const std::byte> content::bytes(sector count) const {
  REQUIRE(kind_ == kind::bytes);
  return shared()->bytes.subspan(pdata::to_size(at_ * sector_bytes),
                                 pdata::to_size(count * sector_bytes));
}

std::array<std::byte, sector_bytes> content::first_sector() const {
  std::array<std::byte, sector_bytes> bytes;
  copy_to(bytes);
  return bytes;
}

}  // namespace sim
