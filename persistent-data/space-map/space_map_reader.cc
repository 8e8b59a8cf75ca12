#include "persistent-data/space-map/space_map_reader.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <memory>
#include <mutex>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/memory_room.h"
#include "persistent-data/base/run_joiner.h"
#include "persistent-data/btree/leaf_stream.h"
#include "persistent-data/btree/tree_judge.h"
#include "persistent-data/format/bitmap_word.h"
#include "persistent-data/format/damage_sinks.h"
#include "persistent-data/format/tree_value.h"
#include "persistent-data/io/validate.h"

namespace pdata {

namespace {

constexpr std::uint32_t words_per_bitmap = entries_per_bitmap / entries_per_bitmap_word;

// Findings of several workers, delivered in a fixed order.
class ordered_findings {
 public:
  void add(std::uint64_t place, const damage& finding) {
    const std::lock_guard lock(mutex_);
    findings_.emplace_back(place, finding);
  }

  void deliver(damage_sink& sink) {
    std::ranges::stable_sort(findings_, {},
                             [](const auto& f) { return std::pair(f.first, f.second.id); });
    for (const auto& [place, finding] : findings_) sink.found(finding);
  }

 private:
  std::mutex mutex_;
  std::vector<std::pair<std::uint64_t, damage>> findings_;
};

void count_nodes(const tree_graph& graph, ref_counts& metadata_counts) {
  for (node_index i = 0; i < graph.nr_nodes(); ++i)
    metadata_counts.add(graph.node(i).location, graph.node(i).nr_refs);
}

}  // namespace

space_map_reader::space_map_reader(batch_reader& reader, space_map_kind kind,
                                   const space_map_root& root, std::uint64_t nr_blocks,
                                   metadata_block nr_metadata_blocks)
    : reader_(reader),
      kind_(kind),
      root_(root),
      nr_blocks_(nr_blocks),
      nr_metadata_blocks_(nr_metadata_blocks),
      index_(to_room(div_up(nr_blocks, entries_per_bitmap))),
      overflow_(nr_blocks) {}

structure space_map_reader::bitmap_structure() const {
  return kind_ == space_map_kind::metadata ? structure::metadata_bitmap : structure::data_bitmap;
}

structure space_map_reader::overflow_structure() const {
  return kind_ == space_map_kind::metadata ? structure::metadata_overflow_tree
                                           : structure::data_overflow_tree;
}

key_range space_map_reader::blocks_of(std::uint64_t bitmap) const {
  const std::uint64_t begin = bitmap * entries_per_bitmap;
  return {begin, begin + slots_of(bitmap)};
}

std::uint32_t space_map_reader::slots_of(std::uint64_t bitmap) const {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(entries_per_bitmap, nr_blocks_ - bitmap * entries_per_bitmap));
}

damage space_map_reader::finding(damage_id id, structure where) const {
  return {.id = id, .where = where};
}

void space_map_reader::open(ref_counts& metadata_counts, damage_sink& sink) {
  if (kind_ == space_map_kind::metadata)
    open_index_block(metadata_counts, sink);
  else
    open_index_tree(metadata_counts, sink);
  open_overflow(metadata_counts, sink);
}

void space_map_reader::take_entry(std::uint64_t bitmap, const index_entry& entry,
                                  ref_counts& metadata_counts) {
  index_[to_size(bitmap)] = entry;
  if (entry.location < nr_metadata_blocks_) metadata_counts.increment(entry.location);
}

void space_map_reader::open_index_block(ref_counts& metadata_counts, damage_sink& sink) {
  const auto give_up = [&](const node_fault& why) {
    complete_ = false;
    sink.found(
        finding_of(why, root_.bitmap_root,
                   {.where = structure::metadata_index, .blocks = key_range{0, nr_blocks_}}));
  };
  if (root_.bitmap_root >= nr_metadata_blocks_)
    return give_up({damage_id::block_out_of_range, nr_metadata_blocks_, root_.bitmap_root});
  metadata_counts.increment(root_.bitmap_root);
  const auto block = std::make_unique<block_buffer>();
  if (const auto outcome = reader_.device().read(root_.bitmap_root, block->span()); !outcome.ok())
    return give_up(unreadable(outcome));
  if (const auto why = validate(block->view(), block_kind::index, root_.bitmap_root))
    return give_up(*why);
  for (std::uint64_t bitmap = 0; bitmap < index_.size(); ++bitmap)
    take_entry(bitmap, load_index_entry(block->view(), bitmap), metadata_counts);
  for (std::uint64_t slot = index_.size(); slot < max_metadata_bitmaps; ++slot) {
    if (load_index_entry(block->view(), slot) == index_entry{}) continue;
    auto junk = finding(damage_id::index_beyond_end, structure::metadata_index);
    junk.location = root_.bitmap_root;
    junk.expected = index_.size();
    junk.actual = slot;
    sink.found(junk);
    break;
  }
}

void space_map_reader::open_index_tree(ref_counts& metadata_counts, damage_sink& sink) {
  tree_graph graph(reader_, data_index_tree_shape, nr_metadata_blocks_);
  const leaf_visitor nothing = [](const visited_leaf&) {};
  graph.add({&root_.bitmap_root, 1}, &nothing);
  count_nodes(graph, metadata_counts);
  tree_judge judge(graph);
  const bool damaged =
      judge.judge(root_.bitmap_root, std::nullopt, which_metadata::active, sink).damaged;
  if (damaged) complete_ = false;
  judge.report_remarks(which_metadata::active, sink);

  std::optional<std::uint64_t> beyond;
  silent_sink known;  // the judge has reported it
  for_each_entry(reader_, graph, judge, root_.bitmap_root, {}, known,
                 [&](std::uint64_t bitmap, std::span<const std::byte> value) {
                   if (bitmap < index_.size())
                     take_entry(bitmap, index_entry::load(value), metadata_counts);
                   else if (!beyond)
                     beyond = bitmap;
                 });
  if (!damaged) {
    for (std::uint64_t bitmap = 0; bitmap < index_.size(); ++bitmap) {
      if (index_[to_size(bitmap)]) continue;
      auto missing = finding(damage_id::bitmap_missing, structure::data_index_tree);
      missing.expected = bitmap;
      missing.blocks = blocks_of(bitmap);
      while (bitmap + 1 < index_.size() && !index_[to_size(bitmap + 1)]) ++bitmap;
      missing.blocks->end = blocks_of(bitmap).end;
      complete_ = false;
      sink.found(missing);
    }
  }
  if (beyond) {
    auto junk = finding(damage_id::index_beyond_end, structure::data_index_tree);
    junk.expected = index_.size();
    junk.actual = *beyond;
    sink.found(junk);
  }
}

void space_map_reader::open_overflow(ref_counts& metadata_counts, damage_sink& sink) {
  ordered_findings findings;
  const leaf_visitor take = [&](const visited_leaf& leaf) {
    bool beyond = false;
    bool small = false;
    for (std::uint32_t i = 0; i < leaf.node.nr_entries(); ++i) {
      const auto block = leaf.node.key(i);
      const auto count = leaf.node.value_u32(i);
      auto wrong = finding(damage_id::overflow_beyond_end, overflow_structure());
      wrong.location = leaf.location;
      wrong.blocks = key_range{block, std::nullopt};
      wrong.actual = count;
      if (block >= nr_blocks_) {
        if (!std::exchange(beyond, true)) findings.add(leaf.location, wrong);
        continue;
      }
      if (count < count_in_overflow && !std::exchange(small, true)) {
        wrong.id = damage_id::overflow_small;
        wrong.blocks->end = block + 1;
        findings.add(leaf.location, wrong);
      }
      overflow_.add(block, count);
    }
  };
  const tree_shape shape{overflow_structure(), data_overflow_tree_shape.value_size};
  tree_graph graph(reader_, shape, nr_metadata_blocks_);
  graph.add({&root_.ref_count_root, 1}, &take);
  count_nodes(graph, metadata_counts);
  tree_judge judge(graph);
  if (judge.judge(root_.ref_count_root, std::nullopt, which_metadata::active, sink).damaged)
    overflow_lost_ = true;
  judge.report_remarks(which_metadata::active, sink);
  findings.deliver(sink);
}

// What the bitmaps' workers work on together.
struct space_map_reader::comparison {
  const ref_counts& counted;
  count_differences& differences;
  ordered_findings findings;
  std::atomic<std::uint64_t> nr_allocated{0};
  std::atomic<bool> all_read{true};
  std::mutex mutex;  // guards the lists in the verdict
  space_map_verdict verdict;
};

// One bitmap being compared.
struct space_map_reader::scan {
  std::uint64_t bitmap;
  block_view bytes;
  const ref_counts& counted;
  count_differences& differences;

  std::uint32_t nr_free = 0;
  std::uint32_t first_free = entries_per_bitmap;
  std::uint32_t nr_allocated = 0;
  std::uint32_t nr_beyond_end = 0;
  std::uint32_t nr_unexpected = 0;  // overflow counts
  std::uint32_t nr_missing = 0;
  bool differs = false;
  std::vector<std::uint64_t> differing_overflows;

  void differ(std::uint64_t block, std::uint32_t stored, std::uint32_t there) {
    differs = true;
    runs.add({block, block + 1, stored, there});
  }

  struct add_run {
    count_differences& to;
    void operator()(const count_difference& run) const { to.add(run); }
  };
  run_joiner<count_difference, add_run> runs{add_run{differences}};
};

// Takes in a word of the bitmap at once, if its counts are small and right.
bool space_map_reader::scan_word(scan& s, std::uint32_t first_slot, std::uint64_t fields) const {
  const std::uint64_t first = s.bitmap * entries_per_bitmap + first_slot;
  const std::uint64_t end = first + entries_per_bitmap_word;
  if (end > nr_blocks_ || end > s.counted.nr_blocks()) return false;
  const std::uint64_t region = first / ref_counts::region_blocks;
  if (!overflow_.region_untouched(region)) return false;
  if (s.counted.bitmap_word(first) != fields) return false;
  const std::uint64_t free = free_bitmap_fields(fields);
  const auto nr_free = static_cast<std::uint32_t>(std::popcount(free));
  s.nr_free += nr_free;
  s.nr_allocated += entries_per_bitmap_word - nr_free;
  if (nr_free != 0)
    s.first_free =
        std::min(s.first_free, first_slot + static_cast<std::uint32_t>(std::countr_zero(free)) / 2);
  return true;
}

void space_map_reader::scan_bitmap(scan& s) const {
  const std::uint64_t first = s.bitmap * entries_per_bitmap;
  const std::uint32_t slots = slots_of(s.bitmap);
  for (std::uint32_t word = 0; word < words_per_bitmap; ++word) {
    const std::uint32_t first_slot = word * entries_per_bitmap_word;
    std::uint64_t fields = bitmap_word(s.bytes, word);
    if (scan_word(s, first_slot, fields)) continue;
    for (std::uint32_t slot = first_slot; slot < first_slot + entries_per_bitmap_word; ++slot) {
      std::uint32_t stored = decode_bitmap_field(fields & 3);
      fields >>= 2;
      if (stored == 0) {
        ++s.nr_free;
        s.first_free = std::min(s.first_free, slot);
      }
      if (slot >= slots) {
        s.nr_beyond_end += stored != 0;
        continue;
      }
      const std::uint64_t block = first + slot;
      s.nr_allocated += stored != 0;
      const std::uint32_t whole = overflow_.get(block);
      if (stored == count_in_overflow) {
        if (whole == 0) {
          ++s.nr_missing;
          continue;
        }
        stored = whole;
      } else if (whole != 0) {
        ++s.nr_unexpected;
      }
      const std::uint32_t there = block < s.counted.nr_blocks() ? s.counted.get(block) : 0;
      if (stored == there) continue;
      s.differ(block, stored, there);
      if (stored == whole) s.differing_overflows.push_back(block);
    }
  }
  s.runs.finish();
}

namespace {

// What the index says of a bitmap, against the bitmap itself. The kernel counts
// the slots beyond the end of the device as free, other writers do not. A hint
// below the first free slot is a hint all the same. True if the kernel would leave free
// blocks unused (Linux 6.1 dm-space-map-common.c, sm_ll_find_free_block: it passes bitmaps
// with nr_free 0 over, and looks from none_free_before on).
template <class Add>
bool compare_summary(const index_entry& entry, std::uint32_t nr_free, std::uint32_t slots,
                     std::uint32_t first_free, Add add) {
  const std::uint32_t beyond_end = entries_per_bitmap - slots;
  const bool too_few = std::uint64_t{entry.nr_free} + beyond_end < nr_free;
  const bool hidden = first_free < slots && entry.none_free_before > first_free;
  if (too_few)
    add(node_fault{damage_id::index_nr_free_low, nr_free, entry.nr_free});
  else if (entry.nr_free != nr_free && entry.nr_free + beyond_end != nr_free)
    add(node_fault{damage_id::index_nr_free, nr_free, entry.nr_free});
  if (hidden)
    add(node_fault{damage_id::index_none_free_before, first_free, entry.none_free_before});
  return too_few || hidden;
}

}  // namespace

void space_map_reader::read_bitmaps(const std::function<void(const read_bitmap&)>& visit) const {
  static const block_buffer nothing;
  std::vector<std::pair<metadata_block, std::uint64_t>> bitmaps;  // location, number
  for (std::uint64_t bitmap = 0; bitmap < index_.size(); ++bitmap) {
    if (!index_[to_size(bitmap)]) continue;
    const auto location = index_[to_size(bitmap)]->location;
    if (location < nr_metadata_blocks_)
      bitmaps.emplace_back(location, bitmap);
    else
      visit({.number = bitmap,
             .location = location,
             .fault = node_fault{damage_id::block_out_of_range, nr_metadata_blocks_, location},
             .bytes = nothing.view()});
  }
  std::ranges::sort(bitmaps);
  std::vector<metadata_block> locations;
  for (const auto& [location, bitmap] : bitmaps)
    if (locations.empty() || locations.back() != location) locations.push_back(location);
  reader_.read(locations, [&](const read_block& block) {
    const auto fault = validate(block, block_kind::bitmap);
    // A damaged index may name a block several times.
    for (auto [at, end] = std::ranges::equal_range(bitmaps, block.location, {},
                                                   &decltype(bitmaps)::value_type::first);
         at != end; ++at)
      visit({at->second, block.location, block.worker, fault, block.bytes});
  });
}

void space_map_reader::compare_bitmap(const read_bitmap& bitmap, comparison& all) const {
  auto model = finding(damage_id::block_unreadable, bitmap_structure());
  const auto add = [&](const node_fault& fault) {
    all.findings.add(bitmap.number, finding_of(fault, bitmap.location, model));
  };
  if (bitmap.fault) {
    all.all_read = false;
    model.blocks = blocks_of(bitmap.number);
    return add(*bitmap.fault);
  }
  scan s{.bitmap = bitmap.number,
         .bytes = bitmap.bytes,
         .counted = all.counted,
         .differences = all.differences};
  scan_bitmap(s);
  all.nr_allocated += s.nr_allocated;
  const bool hides_blocks = compare_summary(*index_[to_size(bitmap.number)], s.nr_free,
                                            slots_of(bitmap.number), s.first_free, add);
  if (s.differs || hides_blocks) {
    const std::lock_guard lock(all.mutex);
    auto& overflows = all.verdict.differing_overflows;
    all.verdict.differing_bitmaps.push_back(bitmap.number);
    overflows.insert(overflows.end(), s.differing_overflows.begin(), s.differing_overflows.end());
  }
  if (s.nr_beyond_end != 0) add({damage_id::bitmap_beyond_end, 0, s.nr_beyond_end});
  model.blocks = blocks_of(bitmap.number);
  if (s.nr_unexpected != 0) add({damage_id::overflow_unexpected, 0, s.nr_unexpected});
  if (s.nr_missing == 0) return;
  all.all_read = false;
  if (!overflow_lost_) add({damage_id::count_overflow_missing, 0, s.nr_missing});
}

space_map_verdict space_map_reader::compare(const ref_counts& counted,
                                            count_differences& differences, damage_sink& sink) {
  comparison all{.counted = counted, .differences = differences};
  read_bitmaps([&](const read_bitmap& bitmap) { compare_bitmap(bitmap, all); });
  compare_beyond_end(counted, differences);
  all.findings.deliver(sink);

  auto& verdict = all.verdict;
  verdict.nr_allocated = all.nr_allocated;
  verdict.complete = complete_ && !overflow_lost_ && all.all_read;
  std::ranges::sort(verdict.differing_bitmaps);
  std::ranges::sort(verdict.differing_overflows);
  if (verdict.complete && root_.nr_allocated != verdict.nr_allocated) {
    const bool too_high = root_.nr_allocated > verdict.nr_allocated;
    auto wrong = finding(too_high ? damage_id::nr_allocated_high : damage_id::nr_allocated,
                         bitmap_structure());
    wrong.expected = verdict.nr_allocated;
    wrong.actual = root_.nr_allocated;
    sink.found(wrong);
  }
  return std::move(verdict);
}

void space_map_reader::compare_beyond_end(const ref_counts& counted,
                                          count_differences& differences) const {
  for (std::uint64_t block = nr_blocks_; block < counted.nr_blocks(); ++block) {
    const auto region = block / ref_counts::region_blocks;
    if (counted.region_untouched(region)) {
      block = (region + 1) * ref_counts::region_blocks - 1;
      continue;
    }
    if (const auto there = counted.get(block)) differences.add({block, block + 1, 0, there});
  }
}

}  // namespace pdata
