#include "thin-tools/repair/input/torn_blocks.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "persistent-data/format/checksum_correction.h"

namespace thin_tools {

using namespace pdata;

namespace {

constexpr std::size_t sector_size = 512;
constexpr unsigned sectors_of_block = block_size / sector_size;

std::span<const std::byte> sector_of(block_view block, unsigned sector) {
  return std::span(block).subspan(sector * sector_size, sector_size);
}

bool says_something(std::span<const std::byte> sector) {
  return std::ranges::any_of(sector, [](std::byte b) { return b != std::byte{0}; });
}

void take_sector(block_span to, block_view from, unsigned sector) {
  std::memcpy(to.data() + sector * sector_size, from.data() + sector * sector_size, sector_size);
}

}  // namespace

void torn_blocks::consider(metadata_block location, block_view bytes) {
  auto fresh = std::make_unique<candidate>();
  fresh->location = location;
  std::memcpy(fresh->bytes.span().data(), bytes.data(), block_size);
  const std::lock_guard lock(mutex_);
  if (candidates_.size() <= candidates_max) candidates_.push_back(std::move(fresh));
}

void torn_blocks::offer(metadata_block location, block_view bytes) {
  for (const auto& torn : candidates_) {
    std::vector<unsigned> differing;
    bool related = false;
    // The first sector names the place, so it is the torn block's own.
    for (unsigned sector = 1; sector < sectors_of_block; ++sector) {
      const auto own = sector_of(torn->bytes.view(), sector);
      const auto other = sector_of(bytes, sector);
      if (std::memcmp(own.data(), other.data(), sector_size) != 0)
        differing.push_back(sector);
      else
        related = related || says_something(own);
    }
    if (related && !differing.empty()) try_sectors(*torn, location, bytes, differing);
  }
}

// Checksums are linear: what several sectors change is what each changes, combined.
void torn_blocks::try_sectors(candidate& torn, metadata_block source, block_view bytes,
                              const std::vector<unsigned>& differing) {
  const auto kind = identify(bytes);
  if (!kind) return;
  const auto now = block_checksum(torn.bytes.view(), *kind);
  const auto wanted = stored_checksum(torn.bytes.view());
  std::vector<std::uint32_t> changes;
  const auto trial = std::make_unique<block_buffer>();
  for (const auto sector : differing) {
    *trial = torn.bytes;
    take_sector(trial->span(), bytes, sector);
    changes.push_back(block_checksum(trial->view(), *kind) ^ now);
  }
  for (std::uint32_t subset = 1; subset < 1U << differing.size(); ++subset) {
    std::uint32_t checksum = now;
    for (std::size_t i = 0; i < differing.size(); ++i)
      if ((subset >> i & 1) != 0) checksum ^= changes[i];
    if (checksum != wanted) continue;
    *trial = torn.bytes;
    for (std::size_t i = 0; i < differing.size(); ++i)
      if ((subset >> i & 1) != 0) take_sector(trial->span(), bytes, differing[i]);
    if (!sound_structure(trial->view(), *kind, nr_blocks_)) continue;
    const std::lock_guard lock(mutex_);
    if (torn.result && torn.result->bytes.bytes != trial->bytes) {
      torn.ambiguous = true;
    } else if (!torn.result) {
      torn.result = std::make_unique<rebuilt_block>();
      torn.result->bytes = *trial;
      torn.result->source = source;
      torn.result->nr_sectors = static_cast<unsigned>(std::popcount(subset));
    }
  }
}

const rebuilt_block* torn_blocks::rebuilt(metadata_block location) const {
  if (!any()) return nullptr;
  for (const auto& torn : candidates_)
    if (torn->location == location) return torn->ambiguous ? nullptr : torn->result.get();
  return nullptr;
}

}  // namespace thin_tools
