#include "thin-tools/files/digest.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "thin-tools/files/xxh3_code.h"

namespace thin_tools {

namespace {

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

}  // namespace

std::string digest_value::hex() const {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const auto byte : bytes) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

std::optional<digest_value> parse_digest(std::string_view hex) {
  digest_value value;
  if (hex.size() != 2 * value.bytes.size()) return std::nullopt;
  for (std::size_t i = 0; i < value.bytes.size(); ++i) {
    const auto high = hex_digit(hex[2 * i]);
    const auto low = hex_digit(hex[2 * i + 1]);
    if (!high || !low) return std::nullopt;
    value.bytes[i] = static_cast<std::uint8_t>(*high << 4 | *low);
  }
  return value;
}

struct digest::state {
  state() { XXH3_128bits_reset(&hash); }
  XXH3_state_t hash;
};

digest::digest() : state_(std::make_unique<state>()) {}
digest::~digest() = default;
digest::digest(digest&&) noexcept = default;
digest& digest::operator=(digest&&) noexcept = default;

void digest::add(std::span<const std::byte> bytes) {
  xxh3().update(&state_->hash, bytes.data(), bytes.size());
}

void digest::add_u64(std::uint64_t number) {
  std::array<std::byte, 8> bytes;
  for (auto& byte : bytes) {
    byte = static_cast<std::byte>(number & 0xff);
    number >>= 8;
  }
  add(bytes);
}

digest_value digest::value() const {
  XXH128_canonical_t form;
  XXH128_canonicalFromHash(&form, XXH3_128bits_digest(&state_->hash));
  digest_value value;
  static_assert(sizeof form.digest == sizeof value.bytes);
  for (std::size_t i = 0; i < value.bytes.size(); ++i) value.bytes[i] = form.digest[i];
  return value;
}

digest_value digest_of(std::span<const std::byte> bytes) {
  digest_value value;
  xxh3().digest(bytes.data(), bytes.size(), value.bytes.data());
  return value;
}

}  // namespace thin_tools
