#include "sim/trace/text_encoding.h"

#include <algorithm>
#include <bit>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/trace/prefixed_source.h"
#include "sim/trace/trace_bytes.h"

namespace sim::trace {

namespace {

constexpr std::string_view utf8_mark = "\xef\xbb\xbf";
constexpr std::size_t utf16_mark_bytes = 2;
constexpr std::size_t characters_looked_at = 8;

class utf16_source final : public byte_source {
 public:
  utf16_source(std::unique_ptr<byte_source> wide, std::endian order)
      : wide_(std::move(wide)), order_(order) {}

  std::size_t read(std::span<std::byte> into) override {
    constexpr std::size_t longest_utf8 = 3;
    std::size_t produced = 0;
    while (produced == 0) {
      const auto head = take_head(*wide_, std::max<std::size_t>(into.size() / longest_utf8, 1) * 2);
      if (head.empty()) return 0;
      for (std::size_t at = 0; at + 1 < head.size(); at += 2)
        produced += encode(load_field<std::uint16_t>(head, at, order_), into.subspan(produced));
      if (head.size() % 2 != 0) {
        cut_ = true;
        return produced;
      }
    }
    return produced;
  }
  std::string damage() const override {
    return cut_ ? "the UTF-16 text is cut off" : wide_->damage();
  }
  std::uint64_t consumed() const override { return wide_->consumed(); }
  std::optional<std::uint64_t> size() const override { return wide_->size(); }

 private:
  // Nothing that a trace means lies beyond the basic plane: halves of such a character
  // become question marks.
  static std::size_t encode(std::uint16_t unit, std::span<std::byte> into) {
    constexpr unsigned six_bits = 0x3f;
    const auto put = [&](std::size_t at, unsigned bits) {
      into[at] = static_cast<std::byte>(bits);
    };
    const bool surrogate = (unit & 0xf800U) == 0xd800U;
    if (unit < 0x80 || surrogate || into.size() < 3) {
      put(0, unit < 0x80 ? unit : '?');
      return 1;
    }
    if (unit < 0x800) {
      put(0, 0xc0U | (unit >> 6U));
      put(1, 0x80U | (unit & six_bits));
      return 2;
    }
    put(0, 0xe0U | (unit >> 12U));
    put(1, 0x80U | ((unit >> 6U) & six_bits));
    put(2, 0x80U | (unit & six_bits));
    return 3;
  }

  std::unique_ptr<byte_source> wide_;
  std::endian order_;
  bool cut_ = false;
};

bool is_utf16(std::span<const std::byte> head, std::endian order) {
  constexpr std::uint16_t mark = 0xfeff;
  if (head.size() < utf16_mark_bytes * (characters_looked_at + 1) ||
      load_field<std::uint16_t>(head, 0, order) != mark)
    return false;
  for (std::size_t i = 1; i <= characters_looked_at; ++i) {
    const auto unit = load_field<std::uint16_t>(head, 2 * i, order);
    if (unit > '~' || (unit < ' ' && unit != '\t' && unit != '\r' && unit != '\n')) return false;
  }
  return true;
}

}  // namespace

std::unique_ptr<byte_source> as_utf8(std::unique_ptr<byte_source> source) {
  auto head = take_head(*source, utf16_mark_bytes * (characters_looked_at + 1));
  const std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
  for (const std::endian order : {std::endian::little, std::endian::big}) {
    if (!is_utf16(head, order)) continue;
    head.erase(head.begin(), head.begin() + utf16_mark_bytes);
    return std::make_unique<utf16_source>(
        std::make_unique<prefixed_source>(std::move(head), std::move(source)), order);
  }
  if (text.starts_with(utf8_mark))
    head.erase(head.begin(), head.begin() + static_cast<std::ptrdiff_t>(utf8_mark.size()));
  return std::make_unique<prefixed_source>(std::move(head), std::move(source));
}

}  // namespace sim::trace
