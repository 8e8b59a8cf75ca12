#include "persistent-data/space-map/space_map_writer.h"

#include <array>
#include <bit>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/btree/tree_builder.h"
#include "persistent-data/btree/tree_graph.h"
#include "persistent-data/format/bitmap_word.h"
#include "persistent-data/format/tree_value.h"

namespace pdata {

namespace {

// Builds a tree whose nodes are counted as they are written.
class counted_tree {
 public:
  counted_tree(block_writer& out, ref_counts& counts, std::uint32_t value_size)
      : counts_(counts),
        store_(out, [&counts](metadata_block child) { counts.increment(child); }),
        builder_(store_, value_size) {}

  void add(std::uint64_t key, std::span<const std::byte> value) { builder_.add(key, value); }
  metadata_block finish() {
    const metadata_block root = builder_.finish();
    counts_.increment(root);
    return root;
  }

 private:
  ref_counts& counts_;
  node_store store_;
  tree_builder builder_;
};

class overflow_tree : public counted_tree {
 public:
  overflow_tree(block_writer& out, ref_counts& counts)
      : counted_tree(out, counts, data_overflow_tree_shape.value_size) {}

  void add_if_large(std::uint64_t block, std::uint32_t count) {
    if (count >= count_in_overflow) add(block, encode_u32(count));
  }
};

// Fills the bitmap of the counts from `first` on, below `end`, and describes it. Calls
// visit(block, count) for the counts above 2.
template <class Visit>
index_entry fill_bitmap(block_span bitmap, metadata_block location, const ref_counts& counts,
                        std::uint64_t first, std::uint64_t end, Visit visit) {
  index_entry entry{location, entries_per_bitmap, 0};
  bool free_seen = false;
  for (std::uint64_t block = first; block < end; ++block) {
    if (block % ref_counts::region_blocks == 0 || block == first) {
      const std::uint64_t region = block / ref_counts::region_blocks;
      if (counts.region_untouched(region)) {
        if (!free_seen) entry.none_free_before = static_cast<std::uint32_t>(block - first);
        free_seen = true;
        block = std::min(end, (region + 1) * ref_counts::region_blocks) - 1;
        continue;
      }
    }
    const auto slot = static_cast<std::uint32_t>(block - first);
    if (slot % entries_per_bitmap_word == 0 && end - block >= entries_per_bitmap_word) {
      if (const auto word = counts.bitmap_word(block)) {
        set_bitmap_word(bitmap, slot / entries_per_bitmap_word, *word);
        const std::uint64_t free = free_bitmap_fields(*word);
        entry.nr_free -= entries_per_bitmap_word - static_cast<std::uint32_t>(std::popcount(free));
        if (free != 0 && !free_seen)
          entry.none_free_before = slot + static_cast<std::uint32_t>(std::countr_zero(free)) / 2;
        free_seen |= free != 0;
        block += entries_per_bitmap_word - 1;
        continue;
      }
    }
    const std::uint32_t count = counts.get(block);
    if (count == 0) {
      if (!free_seen) entry.none_free_before = slot;
      free_seen = true;
      continue;
    }
    --entry.nr_free;
    set_bitmap_count(bitmap, slot, std::min(count, count_in_overflow));
    visit(block, count);
  }
  if (!free_seen) entry.none_free_before = static_cast<std::uint32_t>(end - first);
  return entry;
}

// counts_of(first, end): the counts of these blocks.
template <class CountsOf>
space_map_root write_data_counts(block_writer& out, ref_counts& metadata_counts,
                                 std::uint64_t nr_blocks, CountsOf counts_of) {
  out.expect_room(div_up(nr_blocks, entries_per_bitmap));
  counted_tree index(out, metadata_counts, index_entry::bytes);
  overflow_tree overflow(out, metadata_counts);
  space_map_root root{nr_blocks, 0, 0, 0};

  for (std::uint64_t first = 0; first < nr_blocks; first += entries_per_bitmap) {
    const std::uint64_t end = std::min<std::uint64_t>(nr_blocks, first + entries_per_bitmap);
    const metadata_block location = out.next();
    const block_span bitmap = out.append(block_kind::bitmap);
    metadata_counts.increment(location);
    // The overflow tree may take the buffer of the bitmap for its next node, so
    // its entries wait until the bitmap is done.
    std::vector<std::pair<std::uint64_t, std::uint32_t>> large;
    const index_entry entry = fill_bitmap(bitmap, location, counts_of(first, end), first, end,
                                          [&](std::uint64_t block, std::uint32_t count) {
                                            if (count >= count_in_overflow)
                                              large.emplace_back(block, count);
                                          });
    root.nr_allocated += entries_per_bitmap - entry.nr_free;
    for (const auto& [block, count] : large) overflow.add_if_large(block, count);
    std::array<std::byte, index_entry::bytes> value;
    entry.store(value);
    index.add(first / entries_per_bitmap, value);
  }
  root.bitmap_root = index.finish();
  root.ref_count_root = overflow.finish();
  return root;
}

}  // namespace

space_map_root write_data_space_map(block_writer& out, ref_counts& metadata_counts,
                                    const ref_counts& data_counts) {
  return write_data_counts(
      out, metadata_counts, data_counts.nr_blocks(),
      [&](std::uint64_t, std::uint64_t) -> const ref_counts& { return data_counts; });
}

space_map_root write_data_space_map(block_writer& out, ref_counts& metadata_counts,
                                    block_tally& data_counts) {
  return write_data_counts(out, metadata_counts, data_counts.nr_blocks(),
                           [&](std::uint64_t first, std::uint64_t end) -> const ref_counts& {
                             return data_counts.settle(first, end);
                           });
}

space_map_root write_metadata_space_map(block_writer& out, ref_counts& metadata_counts,
                                        metadata_block nr_blocks) {
  REQUIRE(nr_blocks <= max_metadata_blocks);
  overflow_tree overflow(out, metadata_counts);
  for (metadata_block block = 0, end = out.next(); block < end; ++block)
    overflow.add_if_large(block, metadata_counts.get(block));
  space_map_root root{nr_blocks, 0, 0, overflow.finish()};

  const std::uint64_t nr_bitmaps = div_up(nr_blocks, entries_per_bitmap);
  out.expect_room(nr_bitmaps + 1);
  const metadata_block first_bitmap = out.next();
  root.bitmap_root = first_bitmap + nr_bitmaps;
  root.nr_allocated = root.bitmap_root + 1;
  for (metadata_block own = first_bitmap; own <= root.bitmap_root; ++own)
    metadata_counts.increment(own);

  std::vector<index_entry> entries;
  for (std::uint64_t first = 0; first < nr_blocks; first += entries_per_bitmap) {
    const metadata_block location = out.next();
    const auto end = std::min<std::uint64_t>(nr_blocks, first + entries_per_bitmap);
    entries.push_back(fill_bitmap(out.append(block_kind::bitmap), location, metadata_counts, first,
                                  end, [](std::uint64_t, std::uint32_t) {}));
  }
  const block_span index = out.append(block_kind::index);
  for (std::size_t slot = 0; slot < entries.size(); ++slot)
    store_index_entry(index, slot, entries[slot]);
  return root;
}

}  // namespace pdata
