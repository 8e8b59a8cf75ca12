#include "sim/disk/block_store.h"

#include <cstring>
#include <utility>

#include "persistent-data/base/all_zero.h"
#include "sim/disk/content.h"
#include "sim/disk/packed_words.h"

namespace sim {

namespace {

// So few that they are still in the processor's cache when they are packed.
constexpr std::size_t most_unpacked = 256;

}  // namespace

const block_store::stored* block_store::find(block_number block) const {
  const auto number = block / blocks_per_page;
  if (number >= pages_.size() || !pages_[number]) return nullptr;
  const stored& found = (*pages_[number])[block % blocks_per_page];
  return found.bytes ? &found : nullptr;
}

block_store::stored& block_store::place_of(block_number block) {
  const auto number = block / blocks_per_page;
  if (number >= pages_.size()) pages_.resize(number + 1);
  if (!pages_[number]) pages_[number] = std::make_unique<page>();
  return (*pages_[number])[block % blocks_per_page];
}

block_store::buffer block_store::take_buffer() {
  if (free_.empty()) return std::make_unique_for_overwrite<std::byte[]>(block_bytes);
  auto taken = std::move(free_.back());
  free_.pop_back();
  return taken;
}

block_store::block_number block_store::next(block_number block, block_number end) const {
  for (; block < end; ++block) {
    const auto number = block / blocks_per_page;
    if (number >= pages_.size()) return end;
    if (!pages_[number])
      block = (number + 1) * blocks_per_page - 1;
    else if ((*pages_[number])[block % blocks_per_page].bytes)
      return block;
  }
  return end;
}

void block_store::put(block_number block, std::span<const std::byte, block_bytes> bytes) {
  std::size_t used = block_bytes;
  while (used != 0 && pdata::all_zero(bytes.subspan(used - sector_bytes, sector_bytes)))
    used -= sector_bytes;
  if (used == 0) return erase(block);
  stored& here = place_of(block);
  if (!here.bytes) ++nr_blocks_;
  if (!here.bytes || here.kept != here.used || !here.queued) {
    here.bytes = take_buffer();
    if (!here.queued) unpacked_.push_back(block);
    here.queued = true;
  }
  std::memcpy(here.bytes.get(), bytes.data(), used);
  here.used = here.kept = static_cast<std::uint16_t>(used);
  if (unpacked_.size() > most_unpacked) pack_oldest();
}

// A block that is in the queue has a buffer of a whole block, or was erased.
void block_store::pack_oldest() {
  stored& old = place_of(unpacked_.front());
  unpacked_.pop_front();
  old.queued = false;
  if (!old.bytes) return;
  std::array<std::byte, packed_size_max(block_bytes)> packed;
  const auto size = pack_words({old.bytes.get(), old.used}, packed);
  if (size >= old.used) return;
  free_.push_back(std::move(old.bytes));
  old.bytes = std::make_unique_for_overwrite<std::byte[]>(size);
  std::memcpy(old.bytes.get(), packed.data(), size);
  old.kept = static_cast<std::uint16_t>(size);
}

void block_store::erase(block_number block) {
  if (!has(block)) return;
  stored& here = place_of(block);
  if (here.queued)
    free_.push_back(std::move(here.bytes));
  else
    here.bytes.reset();
  --nr_blocks_;
}

std::size_t block_store::read(block_number block, std::span<std::byte, block_bytes> to) const {
  const stored& here = *find(block);
  const auto used = to.first(here.used);
  if (here.kept == here.used)
    std::memcpy(used.data(), here.bytes.get(), here.used);
  else
    unpack_words({here.bytes.get(), here.kept}, used);
  std::memset(to.data() + here.used, 0, block_bytes - here.used);
  return here.used;
}

}  // namespace sim
