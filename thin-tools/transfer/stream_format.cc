#include "thin-tools/transfer/stream_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "persistent-data/base/all_zero.h"
#include "persistent-data/base/ids.h"
#include "thin-tools/console/command_line.h"

namespace thin_tools {

namespace {

constexpr std::string_view magic = "thinstrm";
constexpr std::size_t check_at = 48;
constexpr std::size_t head_bytes = 128;
constexpr std::size_t position_bytes = 24;
constexpr std::uint64_t volume_bytes_max = INT64_MAX;

// Numbers in a fixed place, the least significant byte first.
template <class Number>
void put(std::span<std::byte> to, std::size_t at, Number number) {
  for (std::size_t i = 0; i < sizeof number; ++i)
    to[at + i] = static_cast<std::byte>(number >> (8 * i) & 0xff);
}
template <class Number>
Number get(std::span<const std::byte> from, std::size_t at) {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i)
    number |= static_cast<Number>(std::to_integer<Number>(from[at + i]) << (8 * i));
  return number;
}
void put(std::span<std::byte> to, std::size_t at, const digest_value& value) {
  std::memcpy(to.data() + at, value.bytes.data(), value.bytes.size());
}
digest_value get_digest(std::span<const std::byte> from, std::size_t at) {
  digest_value value;
  std::memcpy(value.bytes.data(), from.data() + at, value.bytes.size());
  return value;
}

// What a frame of a kind may be.
bool can_be(const frame& what) {
  if (what.offset > volume_bytes_max || what.length > volume_bytes_max - what.offset) return false;
  switch (what.kind) {
    case frame_kind::head:
      return what.sequence == 0 && what.payload_bytes == head_bytes && what.length == 0;
    case frame_kind::data:
      return what.payload_bytes != 0 && what.payload_bytes <= piece_bytes &&
             what.length == what.payload_bytes;
    case frame_kind::zero:
      return what.payload_bytes == 0 && what.length != 0;
    case frame_kind::mark:
    case frame_kind::end:
      return what.payload_bytes == position_bytes && what.length == 0;
  }
  return false;
}

}  // namespace

void store_frame(const frame& what, std::span<std::byte, frame_bytes> to) {
  std::memcpy(to.data(), magic.data(), magic.size());
  put(to, 8, static_cast<std::uint32_t>(what.kind));
  put(to, 12, what.payload_bytes);
  put(to, 16, what.sequence);
  put(to, 24, what.offset);
  put(to, 32, what.length);
  put(to, 40, std::uint64_t{0});
  put(to, check_at, what.check);
}

std::optional<frame> load_frame(std::span<const std::byte, frame_bytes> from) {
  if (std::memcmp(from.data(), magic.data(), magic.size()) != 0) return std::nullopt;
  if (get<std::uint64_t>(from, 40) != 0) return std::nullopt;
  frame loaded;
  loaded.kind = static_cast<frame_kind>(get<std::uint32_t>(from, 8));
  loaded.payload_bytes = get<std::uint32_t>(from, 12);
  loaded.sequence = get<std::uint64_t>(from, 16);
  loaded.offset = get<std::uint64_t>(from, 24);
  loaded.length = get<std::uint64_t>(from, 32);
  loaded.check = get_digest(from, check_at);
  if (!can_be(loaded)) return std::nullopt;
  return loaded;
}

digest_value check_of(const frame& what, std::span<const std::byte> payload,
                      const digest_value& before) {
  std::array<std::byte, frame_bytes> bytes;
  store_frame(what, bytes);
  digest sum;
  sum.add(std::as_bytes(std::span(before.bytes)));
  sum.add(std::span(bytes).first(check_at));
  sum.add(payload);
  return sum.value();
}

std::vector<std::byte> store_head(const stream_head& head) {
  std::vector<std::byte> to(head_bytes);
  put(to, 0, stream_version);
  put(to, 4, std::uint32_t{head.has_base ? 1U : 0U});
  put(to, 8, head.volume_bytes);
  put(to, 16, head.base_bytes);
  put(to, 24, head.block_sectors);
  put(to, 28, static_cast<std::uint32_t>(piece_bytes));
  put(to, 32, head.device);
  put(to, 40, head.base_device);
  put(to, 48, head.transaction_id);
  put(to, 56, head.mapped_bytes);
  put(to, 64, head.fingerprint);
  put(to, 80, head.base_fingerprint);
  put(to, 96, head.base_contents);
  return to;
}

std::optional<stream_head> load_head(std::span<const std::byte> payload) {
  if (payload.size() != head_bytes || get<std::uint32_t>(payload, 0) != stream_version ||
      get<std::uint32_t>(payload, 4) > 1 || get<std::uint32_t>(payload, 28) != piece_bytes ||
      !pdata::all_zero(payload.subspan(112)))
    return std::nullopt;
  stream_head head;
  head.has_base = get<std::uint32_t>(payload, 4) == 1;
  head.volume_bytes = get<std::uint64_t>(payload, 8);
  head.base_bytes = get<std::uint64_t>(payload, 16);
  head.block_sectors = get<std::uint32_t>(payload, 24);
  head.device = get<std::uint64_t>(payload, 32);
  head.base_device = get<std::uint64_t>(payload, 40);
  head.transaction_id = get<std::uint64_t>(payload, 48);
  head.mapped_bytes = get<std::uint64_t>(payload, 56);
  head.fingerprint = get_digest(payload, 64);
  head.base_fingerprint = get_digest(payload, 80);
  head.base_contents = get_digest(payload, 96);
  const bool whole_sectors =
      head.volume_bytes % pdata::sector_bytes == 0 && head.base_bytes % pdata::sector_bytes == 0;
  if (head.volume_bytes > volume_bytes_max || head.base_bytes > volume_bytes_max || !whole_sectors)
    return std::nullopt;
  return head;
}

std::vector<std::byte> store_position(const stream_position& at) {
  std::vector<std::byte> to(position_bytes);
  put(to, 0, at.next_piece);
  put(to, 8, at.contents);
  return to;
}

std::optional<stream_position> load_position(std::span<const std::byte> payload) {
  if (payload.size() != position_bytes) return std::nullopt;
  return stream_position{get<std::uint64_t>(payload, 0), get_digest(payload, 8)};
}

content_digest::content_digest(std::uint64_t volume_bytes) {
  digest sum;
  sum.add_u64(volume_bytes);
  value_ = sum.value();
}

void content_digest::add(std::uint64_t piece, const digest_value& of_piece) {
  digest sum;
  sum.add(std::as_bytes(std::span(value_.bytes)));
  sum.add_u64(piece);
  sum.add(std::as_bytes(std::span(of_piece.bytes)));
  value_ = sum.value();
}

std::string resume_token::text() const {
  return fmt::format("1-{}-{}-{}-{}", sequence, at.next_piece, check.hex(), at.contents.hex());
}

std::optional<resume_token> parse_token(std::string_view text) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto dash = text.find('-');
    parts.push_back(text.substr(0, dash));
    if (dash == text.npos) break;
    text.remove_prefix(dash + 1);
  }
  if (parts.size() != 5 || parts[0] != "1") return std::nullopt;
  const auto sequence = parse_number(parts[1]);
  const auto piece = parse_number(parts[2], volume_bytes_max / piece_bytes + 1);
  const auto check = parse_digest(parts[3]);
  const auto contents = parse_digest(parts[4]);
  if (!sequence || *sequence == 0 || !piece || !check || !contents) return std::nullopt;
  return resume_token{*sequence, *check, {*piece, *contents}};
}

}  // namespace thin_tools
