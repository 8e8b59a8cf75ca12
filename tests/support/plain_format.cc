#include "tests/support/plain_format.h"

#include <array>

namespace plain {

namespace {

u64 get(bytes from, std::size_t offset, int size) {
  u64 value = 0;
  for (int i = size - 1; i >= 0; --i)
    value = value << 8 | std::to_integer<u64>(from[offset + static_cast<std::size_t>(i)]);
  return value;
}

void put(writable to, std::size_t offset, int size, u64 value) {
  for (int i = 0; i < size; ++i, value >>= 8)
    to[offset + static_cast<std::size_t>(i)] = static_cast<std::byte>(value);
}

constexpr std::array<u32, 256> make_crc_table() {
  std::array<u32, 256> table{};
  for (u32 n = 0; n < 256; ++n) {
    u32 value = n;
    for (int bit = 0; bit < 8; ++bit)
      value = (value & 1) != 0 ? value >> 1 ^ 0x82f63b78 : value >> 1;
    table[n] = value;
  }
  return table;
}
constexpr auto crc_table = make_crc_table();

space_root get_space_root(bytes block, std::size_t offset) {
  return {get64(block, offset), get64(block, offset + 8), get64(block, offset + 16),
          get64(block, offset + 24)};
}

constexpr u32 salts[] = {160774, 121107, 160478, 240779};
constexpr kind all_kinds[] = {kind::superblock, kind::node, kind::index, kind::bitmap};

}  // namespace

u32 get32(bytes from, std::size_t offset) { return static_cast<u32>(get(from, offset, 4)); }
u64 get64(bytes from, std::size_t offset) { return get(from, offset, 8); }
void put32(writable to, std::size_t offset, u32 value) { put(to, offset, 4, value); }
void put64(writable to, std::size_t offset, u64 value) { put(to, offset, 8, value); }

u32 crc32c(bytes of) {
  u32 value = ~u32{0};
  for (const auto byte : of)
    value = value >> 8 ^ crc_table[(value ^ std::to_integer<u32>(byte)) & 255];
  return ~value;
}

u32 checksum(bytes block, kind what) {
  return ~crc32c(block.subspan(4)) ^ salts[static_cast<int>(what)];
}

std::optional<kind> kind_of(bytes block) {
  const u32 salt = get32(block, 0) ^ ~crc32c(block.subspan(4));
  for (const auto what : all_kinds)
    if (salt == salts[static_cast<int>(what)]) return what;
  return std::nullopt;
}

bool is_sound(bytes block, kind what, u64 location) {
  return get64(block, 8) == location && get32(block, 0) == checksum(block, what);
}

void seal(writable block, kind what, u64 location) {
  put64(block, 8, location);
  put32(block, 0, checksum(block, what));
}

superblock get_superblock(bytes block) {
  superblock found;
  found.flags = get32(block, 4);
  found.magic = get64(block, 32);
  found.version = get32(block, 40);
  found.time = get32(block, 44);
  found.transaction_id = get64(block, 48);
  found.held_root = get64(block, 56);
  found.data = get_space_root(block, 64);
  found.metadata = get_space_root(block, 192);
  found.mapping_root = get64(block, 320);
  found.details_root = get64(block, 328);
  found.data_block_size = get32(block, 336);
  return found;
}

node_header get_node_header(bytes block) {
  return {get32(block, 4), get32(block, 16), get32(block, 20), get32(block, 24)};
}

u64 node_key(bytes block, u32 index) { return get64(block, 32 + std::size_t{8} * index); }

bytes node_value(bytes block, u32 index) {
  const auto header = get_node_header(block);
  const auto values = 32 + std::size_t{8} * header.max_entries;
  return block.subspan(values + std::size_t{header.value_size} * index, header.value_size);
}

u32 bitmap_count(bytes block, u64 slot) {
  const auto pair = std::to_integer<u32>(block[16 + slot / 4]) >> (slot % 4 * 2) & 3;
  return (pair & 1) * 2 + (pair >> 1);
}

}  // namespace plain
