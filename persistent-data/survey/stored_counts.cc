#include "persistent-data/survey/stored_counts.h"

#include <algorithm>
#include <memory>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/btree/leaf_stream.h"
#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/damage_sinks.h"
#include "persistent-data/format/tree_value.h"
#include "persistent-data/io/validate.h"

namespace pdata {

namespace {

bool read_valid(batch_reader& reader, metadata_block location, metadata_block nr_blocks,
                block_kind kind, block_buffer& to) {
  if (location >= nr_blocks || !reader.device().read(location, to.span()).ok()) return false;
  return !validate(to.view(), kind, location);
}

}  // namespace

stored_counts stored_counts::load(batch_reader& reader, metadata_block index_location,
                                  metadata_block nr_blocks) {
  stored_counts loaded(nr_blocks);
  const auto index = std::make_unique<block_buffer>();
  if (!read_valid(reader, index_location, nr_blocks, block_kind::index, *index)) {
    loaded.sound_ = false;
    return loaded;
  }
  const auto slots = div_up(nr_blocks, entries_per_bitmap);
  for (std::uint64_t slot = 0; slot < std::min(slots, max_metadata_bitmaps); ++slot) {
    const auto entry = load_index_entry(index->view(), slot);
    // A device that has grown since its last commit: the map ends before it.
    if (entry.location == 0) break;
    loaded.load_bitmap(reader, slot, entry.location, entry.nr_free);
  }
  return loaded;
}

void stored_counts::load_bitmap(batch_reader& reader, std::uint64_t slot, metadata_block location,
                                std::uint32_t nr_free) {
  const auto bitmap = std::make_unique<block_buffer>();
  if (!read_valid(reader, location, counts_.size(), block_kind::bitmap, *bitmap)) {
    sound_ = false;
    return;
  }
  // Many states of a device may be looked at: by the word.
  std::uint32_t free = 0;
  const metadata_block base = slot * entries_per_bitmap;
  constexpr auto per_word = entries_per_bitmap_word;
  for (std::uint32_t word = 0; word < entries_per_bitmap / per_word; ++word) {
    auto fields = bitmap_word(bitmap->view(), word);
    const auto first = base + std::uint64_t{word} * per_word;
    const auto room = first < counts_.size() ? counts_.size() - first : 0;
    const auto nr_known = std::min<std::uint64_t>(per_word, room);
    if (fields == 0) {
      free += per_word;
      std::fill_n(counts_.data() + std::min<std::uint64_t>(first, counts_.size()), nr_known,
                  std::uint8_t{0});
      continue;
    }
    for (std::uint32_t i = 0; i < per_word; ++i, fields >>= 2) {
      const auto count = decode_bitmap_field(fields & 3);
      free += count == 0;
      if (i < nr_known) counts_[to_size(first + i)] = static_cast<std::uint8_t>(count);
    }
  }
  sound_ = sound_ && free == nr_free;
  anything_known_ = true;
  bitmaps_.push_back(location);
}

void stored_counts::load_overflow(batch_reader& reader, metadata_block root) {
  silent_sink sink;
  const auto take = [&](std::uint64_t block, std::span<const std::byte> value) {
    if (block < counts_.size()) overflow_[block] = decode_u32(value);
  };
  for_each_entry(reader, metadata_overflow_tree_shape, root, counts_.size(), which_metadata::active,
                 sink, take);
}

std::optional<std::uint32_t> stored_counts::get(metadata_block b) const {
  if (stored(b) == unknown) return std::nullopt;
  if (const auto count = stored(b); count != count_in_overflow) return count;
  const auto exact = overflow_.find(b);
  if (exact == overflow_.end()) return std::nullopt;
  return exact->second;
}

std::uint64_t stored_counts::nr_allocated() const {
  std::uint64_t allocated = 0;
  for (metadata_block b = 0; b < counts_.size(); ++b) allocated += live(b);
  return allocated;
}

}  // namespace pdata
