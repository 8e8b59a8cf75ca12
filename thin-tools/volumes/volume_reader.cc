#include "thin-tools/volumes/volume_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"
#include "persistent-data/base/require.h"

namespace thin_tools {

using content = volume_map::content;

volume_reader::piece volume_reader::piece_at(std::uint64_t offset, std::uint64_t bytes_max) const {
  const auto block = offset / from_.block_bytes;
  const auto within = offset % from_.block_bytes;
  piece found{.where = from_.map->at(block)};
  const auto blocks = found.where.end - block;
  const auto room = pdata::checked_mul(blocks, from_.block_bytes).value_or(UINT64_MAX) - within;
  found.bytes = std::min(room, bytes_max);
  if (found.where.what == content::mapped)
    found.data_offset = found.where.data_begin * from_.block_bytes + within;
  return found;
}

void volume_reader::refuse_lost(const piece& at) const {
  throw pdata::error(
      fmt::format("device {}: what was at virtual block {} is lost", from_.device, at.where.begin));
}

// Beyond the end of an external origin are zeroes (Linux 6.1 dm-thin.c, process_cell).
void volume_reader::read_origin(std::uint64_t offset, std::span<std::byte> to) const {
  const auto room = from_.origin ? from_.origin->size_bytes() : 0;
  const auto there = static_cast<std::size_t>(
      offset < room ? std::min<std::uint64_t>(room - offset, to.size()) : 0);
  if (there != 0) from_.origin->read_bytes(offset, to.first(there));
  std::memset(to.data() + there, 0, to.size() - there);
}

void volume_reader::read(std::uint64_t offset, std::span<std::byte> to) const {
  REQUIRE(offset <= from_.size_bytes && to.size() <= from_.size_bytes - offset);
  while (!to.empty()) {
    const auto next = piece_at(offset, to.size());
    const auto part = to.first(static_cast<std::size_t>(next.bytes));
    switch (next.where.what) {
      case content::mapped:
        from_.data->read_bytes(next.data_offset, part);
        break;
      case content::hole:
        read_origin(offset, part);
        break;
      case content::lost:
        if (from_.lost == lost_reads::error) refuse_lost(next);
        std::ranges::fill(part, std::byte{0});
        break;
    }
    offset += next.bytes;
    to = to.subspan(part.size());
  }
}

void volume_reader::for_each_extent(
    std::uint64_t offset, std::uint64_t bytes,
    const std::function<bool(std::uint64_t, extent_kind)>& visit) const {
  REQUIRE(offset <= from_.size_bytes && bytes <= from_.size_bytes - offset);
  const auto origin_end = from_.origin ? from_.origin->size_bytes() : 0;
  while (bytes != 0) {
    auto next = piece_at(offset, bytes);
    auto kind = extent_kind::data;
    if (next.where.what == content::hole) {
      kind = offset < origin_end ? extent_kind::data : extent_kind::hole;
      if (offset < origin_end) next.bytes = std::min(next.bytes, origin_end - offset);
    } else if (next.where.what == content::lost && from_.lost == lost_reads::zeroes) {
      kind = extent_kind::hole;
    }
    if (!visit(next.bytes, kind)) return;
    offset += next.bytes;
    bytes -= next.bytes;
  }
}

std::uint64_t size_by_map(const volume_map& map, std::uint64_t block_bytes,
                          const data_device* origin) {
  auto reach = map.extent();
  reach.end = std::max(reach.end, map.known_end().value_or(0));
  return std::max(mapped_bytes(reach, block_bytes), origin != nullptr ? origin->size_bytes() : 0);
}

}  // namespace thin_tools
