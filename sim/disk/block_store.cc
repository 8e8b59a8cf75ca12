#include "sim/disk/block_store.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "persistent-data/base/all_zero.h"
#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/memory_room.h"
#include "sim/disk/block_patch.h"
#include "sim/disk/content.h"
#include "sim/disk/packed_words.h"

namespace sim {

namespace {

constexpr std::size_t few_blocks = 256;  // are kept as they are
constexpr std::size_t nr_sets = 512;
// A version that differs by more becomes an original itself.
constexpr std::size_t patch_max = 384;

// What versions of a node have in common: its flags, its value size and its first key.
// Bitmaps and other blocks have something there, too. A wrong guess costs time only.
std::uint32_t likeness_of(std::span<const std::byte, block_store::block_bytes> bytes) {
  std::uint32_t flags = 0;
  std::array<std::uint64_t, 2> words;
  std::memcpy(&flags, bytes.data() + 4, sizeof flags);
  std::memcpy(words.data(), bytes.data() + 24, sizeof words);
  constexpr std::uint64_t factor = 0x9e3779b97f4a7c15;
  const std::uint64_t mixed = ((words[0] + flags) * factor ^ words[1]) * factor;
  return static_cast<std::uint32_t>(mixed >> 32);
}

}  // namespace

std::size_t block_store::place_in_page(block_number block) {
  return pdata::to_size(block % blocks_per_page);
}

const block_store::stored* block_store::find(block_number block) const {
  const auto number = block / blocks_per_page;
  if (number >= pages_.size()) return nullptr;
  const auto& here = pages_[pdata::to_size(number)];
  if (!here) return nullptr;
  const stored& found = (*here)[place_in_page(block)];
  return found.bytes != nullptr ? &found : nullptr;
}

block_store::stored& block_store::place_of(block_number block) {
  const auto number = pdata::to_room(block / blocks_per_page);
  if (number >= pages_.size()) pages_.resize(number + 1);
  if (!pages_[number]) pages_[number] = std::make_unique<page>();
  return (*pages_[number])[place_in_page(block)];
}

block_store::block_number block_store::next(block_number block, block_number end) const {
  for (; block < end; ++block) {
    const auto number = block / blocks_per_page;
    if (number >= pages_.size()) return end;
    const auto& here = pages_[pdata::to_size(number)];
    if (!here)
      block = (number + 1) * blocks_per_page - 1;
    else if ((*here)[place_in_page(block)].bytes != nullptr)
      return block;
  }
  return end;
}

void block_store::let_go(original* block) {
  if (--block->users == 0) free_originals_.push_back(block);
}

void block_store::let_go(const stored& version) {
  cells_.let_go(version.bytes);
  if (version.of != nullptr) let_go(version.of);
}

void block_store::keep(stored& here, std::span<const std::byte> bytes) {
  here.bytes = cells_.keep(bytes);
  here.kept = static_cast<std::uint16_t>(bytes.size());
}

namespace {

// Bytes in front of the last zeroes, in whole sectors.
std::size_t used_bytes(std::span<const std::byte, block_store::block_bytes> bytes) {
  constexpr auto step = std::size_t{sector_bytes};
  std::size_t used = block_store::block_bytes;
  while (used != 0 && pdata::all_zero(bytes.subspan(used - step, step))) used -= step;
  return used;
}

}  // namespace

void block_store::put(block_number block, std::span<const std::byte, block_bytes> bytes) {
  const auto used = used_bytes(bytes);
  if (used == 0) return erase(block);
  keep_version(block, bytes, used, nullptr);
}

void block_store::put_unsealed(const pdata::unsealed_block& block) {
  // The seal comes into the first sector.
  const auto used = std::max(used_bytes(block.bytes), std::size_t{sector_bytes});
  const stored* const like = find(block.like);
  keep_version(block.location, block.bytes, used, like == nullptr ? nullptr : like->of);
  place_of(block.location).seal = block.kind;
}

void block_store::keep_version(block_number block, std::span<const std::byte, block_bytes> bytes,
                               std::size_t used, original* like) {
  stored& here = place_of(block);
  const stored before = here;
  here = {};
  here.used = static_cast<std::uint16_t>(used);
  if (before.bytes == nullptr) ++nr_blocks_;
  if (nr_blocks_ <= few_blocks) {
    keep(here, bytes.first(used));
  } else if (like == nullptr || !keep_patch(here, bytes, like)) {
    const auto likeness = likeness_of(bytes);
    if (!keep_known_patch(here, bytes, likeness)) {
      keep_packed(here, bytes.first(used));
      list_original(bytes, likeness);
    }
  }
  // Afterwards, since it may hold on to the last patch of an original.
  if (before.bytes != nullptr) let_go(before);
}

block_store::recent_set& block_store::set_of(std::uint32_t likeness) {
  if (recent_.empty()) recent_.resize(nr_sets);
  return recent_[likeness % nr_sets];
}

bool block_store::keep_patch(stored& here, std::span<const std::byte, block_bytes> bytes,
                             original* of) {
  std::array<std::byte, patch_max> patch;
  const auto size = make_patch(bytes, of->bytes, patch);
  if (!size) return false;
  keep(here, std::span(patch).first(*size));
  here.of = of;
  ++of->users;
  return true;
}

bool block_store::keep_known_patch(stored& here, std::span<const std::byte, block_bytes> bytes,
                                   std::uint32_t likeness) {
  return std::ranges::any_of(set_of(likeness), [&](const recent& known) {
    return known.block != nullptr && known.likeness == likeness &&
           keep_patch(here, bytes, known.block);
  });
}

void block_store::keep_packed(stored& here, std::span<const std::byte> bytes) {
  std::array<std::byte, packed_size_max(block_bytes)> packed;
  const auto size = pack_words(bytes, packed);
  keep(here, size < bytes.size() ? std::span<const std::byte>(packed).first(size) : bytes);
}

// Where versions differ by so much that the last original has few patches, few of them are
// listed: an original costs more than what is packed.
void block_store::list_original(std::span<const std::byte, block_bytes> bytes,
                                std::uint32_t likeness) {
  constexpr std::uint32_t few_patches = 4;
  constexpr std::uint32_t listed_of = 8;
  const auto make = [&] {
    if (free_originals_.empty()) free_originals_.push_back(&originals_.emplace_back());
    original* const made = free_originals_.back();
    free_originals_.pop_back();
    std::ranges::copy(bytes, made->bytes.begin());
    made->users = 1;
    return made;
  };
  auto& set = set_of(likeness);
  for (recent& known : set) {
    if (known.block == nullptr || known.likeness != likeness) continue;
    if (known.block->users > 1 + few_patches) continue;
    if (++known.nr_unlike % listed_of != 0) return;
    if (known.is_used()) {
      let_go(known.block);
      known.block = make();
    } else {
      std::ranges::copy(bytes, known.block->bytes.begin());
    }
    return;
  }
  if (set.back().block != nullptr) let_go(set.back().block);
  std::shift_right(set.begin(), set.end(), 1);
  set.front() = {likeness, 0, make()};
}

void block_store::erase(block_number block) {
  if (!has(block)) return;
  let_go(std::exchange(place_of(block), {}));
  --nr_blocks_;
}

void block_store::read_version(const stored& here, std::span<std::byte, block_bytes> to) {
  if (here.of == nullptr && here.kept == here.used) {
    cell_pool::copy(here.bytes, to.first(here.used));
  } else {
    std::array<std::byte, packed_size_max(block_bytes)> buffer;
    const auto kept = std::span(buffer).first(here.kept);
    cell_pool::copy(here.bytes, kept);
    if (here.of != nullptr) {
      std::ranges::copy(here.of->bytes, to.begin());
      return apply_patch(kept, to);
    }
    unpack_words(kept, to.first(here.used));
  }
  std::memset(to.data() + here.used, 0, block_bytes - here.used);
}

std::size_t block_store::read(block_number block, std::span<std::byte, block_bytes> to) const {
  const stored& here = *find(block);
  read_version(here, to);
  if (here.seal) pdata::seal(to, *here.seal, block);
  return here.used;
}

}  // namespace sim
