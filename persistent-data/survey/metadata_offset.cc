#include "persistent-data/survey/metadata_offset.h"

#include <algorithm>
#include <map>
#include <memory>

#include "persistent-data/base/all_zero.h"
#include "persistent-data/base/checked_math.h"
#include "persistent-data/format/checksum.h"
#include "persistent-data/format/superblock.h"

namespace pdata {

namespace {

constexpr metadata_block looked_at_max = 4096;  // blocks from the beginning
constexpr metadata_block blocks_at_once = 64;
constexpr std::uint64_t blocks_that_prove = 3;

// What the blocks say by which offset they were moved.
class ballot {
 public:
  void look_at(block_view block, std::uint64_t position) {
    const auto location = stored_location(block);
    if (location > position / block_size || all_zero(block)) return;
    const auto offset = position - location * block_size;
    if (offset > metadata_offset_max) return;
    const auto kind = identify(block);
    if (!kind || *kind > block_kind::bitmap) return;
    if (*kind == block_kind::superblock && location == superblock_location &&
        superblock::load(block).magic == superblock_magic)
      ++superblocks_[offset];
    ++blocks_[offset];
  }

  std::optional<std::uint64_t> outcome() const {
    if (blocks_.empty()) return std::nullopt;
    const auto most =
        std::ranges::max_element(blocks_, {}, [](const auto& entry) { return entry.second; });
    const auto at_beginning = blocks_.find(0);
    const auto against = at_beginning == blocks_.end() ? 0 : at_beginning->second;
    const bool by_superblock = superblocks_.contains(most->first);
    if (most->first == 0 || (!by_superblock && most->second < blocks_that_prove) ||
        4 * against >= most->second)
      return std::nullopt;
    return most->first;
  }

 private:
  std::map<std::uint64_t, std::uint64_t> blocks_;  // numbers by offset
  std::map<std::uint64_t, std::uint64_t> superblocks_;
};

}  // namespace

std::optional<std::uint64_t> find_metadata_offset(block_device& device) {
  const auto nr_blocks = std::min(device.nr_blocks(), looked_at_max);
  ballot votes;
  const auto buffer = std::make_unique<block_buffer[]>(blocks_at_once + 1);
  auto* bytes = reinterpret_cast<std::byte*>(buffer.get());
  for (metadata_block first = 0; first + 1 < nr_blocks; first += blocks_at_once) {
    const auto count = std::min<std::uint64_t>(blocks_at_once + 1, nr_blocks - first);
    if (!device.read(first, {bytes, to_size(count * block_size)}).ok()) continue;
    // The last block is the first one of the next turn.
    for (std::size_t at = 0; at < (count - 1) * block_size; at += sector_bytes)
      votes.look_at(block_view(bytes + at, block_size), first * block_size + at);
  }
  return votes.outcome();
}

}  // namespace pdata
