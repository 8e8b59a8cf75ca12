// The counts of one device as the metadata holds them: index, bitmaps, overflow
// tree, read in disk order and compared with counted references as they arrive.
// In memory stand the index and, for regions that have any, the overflow counts.
//
// Two steps, because the maps' own blocks are counted, too: first both maps are
// opened, then each is compared.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "persistent-data/btree/tree_graph.h"
#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/space_map_root.h"
#include "persistent-data/io/batch_reader.h"
#include "persistent-data/space-map/count_differences.h"
#include "persistent-data/space-map/ref_counts.h"

namespace pdata {

enum class space_map_kind : std::uint8_t { metadata, data };

// What comparing found besides damage.
struct space_map_verdict {
  std::uint64_t nr_allocated = 0;  // counts of one and more, below nr_blocks
  bool complete = false;           // every bitmap and overflow count was read
  // For a repair: where counts differ, or the index hides free blocks; ascending.
  std::vector<std::uint64_t> differing_bitmaps;
  std::vector<std::uint64_t> differing_overflows;  // blocks whose whole count does
};

// A bitmap of the index as it was read.
struct read_bitmap {
  std::uint64_t number = 0;
  metadata_block location = 0;
  unsigned worker = 0;              // as of read_block
  std::optional<node_fault> fault;  // why it cannot be used
  block_view bytes;                 // if it can, during the call
};

class space_map_reader {
 public:
  // `nr_blocks`: how many blocks the map describes, proven by pool_layout.
  // `nr_metadata_blocks`: the readers' bound.
  space_map_reader(batch_reader& reader, space_map_kind kind, const space_map_root& root,
                   std::uint64_t nr_blocks, metadata_block nr_metadata_blocks);

  // Reads index and overflow tree. All blocks of the map, bitmaps included, are
  // counted in `metadata_counts`. Damage costs the counts that its finding
  // names; the rest is still read.
  void open(ref_counts& metadata_counts, damage_sink& sink);

  // After open. Visits each bitmap that the index names, several at a time.
  void read_bitmaps(const std::function<void(const read_bitmap&)>& visit) const;

  // Reads the bitmaps. Each count that differs from `counted` goes to
  // `differences`, everything else that is wrong to the sink. Blocks that
  // `counted` knows beyond the map's end differ from a count of 0.
  space_map_verdict compare(const ref_counts& counted, count_differences& differences,
                            damage_sink& sink);

  // After open: index entry of each bitmap; none where it could not be read.
  const std::vector<std::optional<index_entry>>& index() const { return index_; }
  space_map_kind kind() const { return kind_; }
  const space_map_root& root() const { return root_; }
  std::uint64_t nr_blocks() const { return nr_blocks_; }
  std::uint32_t slots_of(std::uint64_t bitmap) const;  // that lie below nr_blocks

 private:
  struct comparison;
  struct scan;

  void open_index_block(ref_counts& metadata_counts, damage_sink& sink);
  void open_index_tree(ref_counts& metadata_counts, damage_sink& sink);
  void open_overflow(ref_counts& metadata_counts, damage_sink& sink);
  void take_entry(std::uint64_t bitmap, const index_entry& entry, ref_counts& metadata_counts);
  void compare_bitmap(const read_bitmap& bitmap, comparison& all) const;
  void scan_bitmap(scan& s) const;
  bool scan_word(scan& s, std::uint32_t first_slot, std::uint64_t fields) const;
  void compare_beyond_end(const ref_counts& counted, count_differences& differences) const;
  key_range blocks_of(std::uint64_t bitmap) const;
  damage finding(damage_id id, structure where) const;
  structure bitmap_structure() const;
  structure overflow_structure() const;

  batch_reader& reader_;
  space_map_kind kind_;
  space_map_root root_;
  std::uint64_t nr_blocks_;
  metadata_block nr_metadata_blocks_;
  std::vector<std::optional<index_entry>> index_;
  ref_counts overflow_;
  bool complete_ = true;        // of the index
  bool overflow_lost_ = false;  // some of it
};

}  // namespace pdata
