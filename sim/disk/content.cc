#include "sim/disk/content.h"

#include <algorithm>
#include <cstring>
#include <utility>

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

bool is_all_zero(std::span<const std::byte> bytes) {
  return std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0}; });
}

content content::stamped(std::uint64_t seed, sector first) {
  content c;
  c.kind_ = kind::stamp;
  c.seed_ = seed;
  c.at_ = first;
  return c;
}

content content::of_bytes(std::shared_ptr<const byte_buffer> buffer, sector offset) {
  REQUIRE(buffer != nullptr);
  content c;
  c.kind_ = kind::bytes;
  c.at_ = offset;
  c.bytes_ = std::move(buffer);
  return c;
}

content content::copy_of(std::span<const std::byte> bytes) {
  if (is_all_zero(bytes)) return {};
  return of_bytes(std::make_shared<byte_buffer>(bytes.begin(), bytes.end()));
}

content content::at(sector n) const {
  content c = *this;
  if (kind_ != kind::zero) c.at_ += n;
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
        write_stamp(to.data() + n * sector_bytes, seed_, at_ + n);
      break;
    case kind::bytes:
      REQUIRE(at_ * sector_bytes + to.size() <= bytes_->size());
      std::memcpy(to.data(), bytes_->data() + at_ * sector_bytes, to.size());
      break;
  }
}

std::array<std::byte, sector_bytes> content::first_sector() const {
  std::array<std::byte, sector_bytes> bytes;
  copy_to(bytes);
  return bytes;
}

}  // namespace sim
