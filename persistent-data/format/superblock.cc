#include "persistent-data/format/superblock.h"

#include <algorithm>

#include "persistent-data/format/field_table.h"
#include "persistent-data/format/little_endian.h"

namespace pdata {

namespace {

consteval std::size_t at(std::string_view name) { return offset_of(superblock_fields, name); }

constexpr std::size_t data_space_map_at = at("data_space_map_root.nr_blocks");
constexpr std::size_t metadata_space_map_at = at("metadata_space_map_root.nr_blocks");
static_assert(at("incompat_flags") + 4 == superblock::bytes_used);

}  // namespace

superblock superblock::load(block_view from) {
  superblock sb;
  sb.flags = load_le<std::uint32_t>(from, at("flags"));
  sb.location = load_le<std::uint64_t>(from, at("blocknr"));
  std::copy_n(from.begin() + at("uuid"), uuid_bytes, sb.uuid.begin());
  sb.magic = load_le<std::uint64_t>(from, at("magic"));
  sb.version = load_le<std::uint32_t>(from, at("version"));
  sb.time = load_le<std::uint32_t>(from, at("time"));
  sb.transaction_id = load_le<std::uint64_t>(from, at("trans_id"));
  sb.held_root = load_le<std::uint64_t>(from, at("held_root"));
  sb.data_space_map = space_map_root::load(std::span(from).subspan(data_space_map_at));
  sb.metadata_space_map = space_map_root::load(std::span(from).subspan(metadata_space_map_at));
  sb.mapping_root = load_le<std::uint64_t>(from, at("data_mapping_root"));
  sb.details_root = load_le<std::uint64_t>(from, at("device_details_root"));
  sb.data_block_size = load_le<std::uint32_t>(from, at("data_block_size"));
  sb.metadata_block_size = load_le<std::uint32_t>(from, at("metadata_block_size"));
  sb.metadata_nr_blocks = load_le<std::uint64_t>(from, at("metadata_nr_blocks"));
  sb.compat_flags = load_le<std::uint32_t>(from, at("compat_flags"));
  sb.compat_ro_flags = load_le<std::uint32_t>(from, at("compat_ro_flags"));
  sb.incompat_flags = load_le<std::uint32_t>(from, at("incompat_flags"));
  return sb;
}

void superblock::clear_space_map_roots(block_span of) {
  std::fill(of.begin() + data_space_map_at, of.begin() + at("data_mapping_root"), std::byte{0});
}

void superblock::store(block_span to) const {
  store_le(to, at("flags"), flags);
  store_le(to, at("blocknr"), location);
  std::copy(uuid.begin(), uuid.end(), to.begin() + at("uuid"));
  store_le(to, at("magic"), magic);
  store_le(to, at("version"), version);
  store_le(to, at("time"), time);
  store_le(to, at("trans_id"), transaction_id);
  store_le(to, at("held_root"), held_root);
  data_space_map.store(std::span(to).subspan(data_space_map_at));
  metadata_space_map.store(std::span(to).subspan(metadata_space_map_at));
  store_le(to, at("data_mapping_root"), mapping_root);
  store_le(to, at("device_details_root"), details_root);
  store_le(to, at("data_block_size"), data_block_size);
  store_le(to, at("metadata_block_size"), metadata_block_size);
  store_le(to, at("metadata_nr_blocks"), metadata_nr_blocks);
  store_le(to, at("compat_flags"), compat_flags);
  store_le(to, at("compat_ro_flags"), compat_ro_flags);
  store_le(to, at("incompat_flags"), incompat_flags);
}

}  // namespace pdata
