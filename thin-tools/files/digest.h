// XXH3 of 128 bits (xxhash 0.8), which tells contents apart and finds accidents. It does not
// stand against someone who looks for two contents of one digest.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace thin_tools {

// In the order of xxhash's canonical form: the most significant byte first.
struct digest_value {
  std::array<std::uint8_t, 16> bytes{};

  std::string hex() const;  // 32 digits, lower case
  friend bool operator==(const digest_value&, const digest_value&) = default;
};

// Of 32 hexadecimal digits, else none.
std::optional<digest_value> parse_digest(std::string_view hex);

class digest {
 public:
  digest();
  ~digest();
  digest(digest&&) noexcept;
  digest& operator=(digest&&) noexcept;

  void add(std::span<const std::byte> bytes);
  void add(std::string_view text) { add(std::as_bytes(std::span(text.data(), text.size()))); }
  void add_u64(std::uint64_t number);  // eight bytes, the least significant first
  // Of all that was added till now.
  digest_value value() const;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

digest_value digest_of(std::span<const std::byte> bytes);

}  // namespace thin_tools
