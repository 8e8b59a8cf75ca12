#include "persistent-data/format/checksum.h"

#include <array>

#include "persistent-data/format/crc32c.h"
#include "persistent-data/format/field_table.h"
#include "persistent-data/format/little_endian.h"

namespace pdata {

namespace {

struct kind_row {
  block_kind kind;
  std::uint32_t salt;
  const char* name;
};

constexpr std::array<kind_row, nr_block_kinds> kinds{{
    {block_kind::superblock, 160774, "superblock"},
    {block_kind::btree_node, 121107, "btree node"},
    {block_kind::index, 160478, "index block"},
    {block_kind::bitmap, 240779, "bitmap"},
    {block_kind::array, 595846735, "array block"},
    {block_kind::cache_superblock, 9031977, "cache superblock"},
    {block_kind::era_superblock, 146538381, "era superblock"},
}};

const kind_row& row(block_kind kind) { return kinds[static_cast<std::size_t>(kind)]; }

constexpr std::size_t checksum_bytes = 4;  // at the beginning
static_assert(offset_of(block_fields, "csum") == 0);
constexpr std::size_t location_offset = offset_of(block_fields, "blocknr");

std::uint32_t crc(block_view block) { return crc32c(block.subspan(checksum_bytes)); }

}  // namespace

const char* block_kind_name(block_kind kind) { return row(kind).name; }

std::uint32_t block_checksum(block_view block, block_kind kind) {
  return crc(block) ^ row(kind).salt;
}

std::uint32_t stored_checksum(block_view block) { return load_le<std::uint32_t>(block, 0); }

metadata_block stored_location(block_view block) {
  return load_le<std::uint64_t>(block, location_offset);
}

std::optional<block_kind> identify(block_view block) {
  const std::uint32_t salt = crc(block) ^ stored_checksum(block);
  for (const auto& candidate : kinds)
    if (candidate.salt == salt) return candidate.kind;
  return std::nullopt;
}

void seal(block_span block, block_kind kind, metadata_block location) {
  store_le<std::uint64_t>(block, location_offset, location);
  store_le<std::uint32_t>(block, 0, block_checksum(block, kind));
}

}  // namespace pdata
