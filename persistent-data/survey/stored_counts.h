// The reference counts of metadata blocks as a metadata space map on disk has
// them: evidence of which blocks belong to the state that the map describes.
// Damaged parts of the map leave counts unknown; nothing here fails.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/ids.h"
#include "persistent-data/io/batch_reader.h"

namespace pdata {

class stored_counts {
 public:
  // All counts unknown.
  explicit stored_counts(metadata_block nr_blocks) : counts_(to_size(nr_blocks), unknown) {}

  // Reads the bitmaps that the index block names. `sound` turns false where the
  // index or a bitmap cannot be read, or an index entry contradicts its bitmap.
  static stored_counts load(batch_reader& reader, metadata_block index_location,
                            metadata_block nr_blocks);
  // Adds the counts of three and more.
  void load_overflow(batch_reader& reader, metadata_block root);

  bool sound() const { return sound_; }
  bool anything_known() const { return anything_known_; }
  const std::vector<metadata_block>& bitmaps() const { return bitmaps_; }

  // Nothing is known of what lies behind the end of the device, where damaged nodes may lead.

  // In use for certain.
  bool live(metadata_block b) const { return stored(b) != 0 && stored(b) != unknown; }
  // Three or more, whether or not the exact number was found.
  bool in_overflow(metadata_block b) const { return stored(b) == 3; }
  // The exact count, or nothing if it is not known.
  std::optional<std::uint32_t> get(metadata_block b) const;
  std::uint64_t nr_allocated() const;

 private:
  static constexpr std::uint8_t unknown = 255;

  std::uint8_t stored(metadata_block b) const {
    return b < counts_.size() ? counts_[to_size(b)] : unknown;
  }

  void load_bitmap(batch_reader& reader, std::uint64_t slot, metadata_block location,
                   std::uint32_t nr_free);

  std::vector<std::uint8_t> counts_;
  std::unordered_map<metadata_block, std::uint32_t> overflow_;
  std::vector<metadata_block> bitmaps_;
  bool sound_ = true;
  bool anything_known_ = false;
};

}  // namespace pdata
