#include "persistent-data/space-map/block_tally.h"

#include <utility>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/require.h"

namespace pdata {

namespace {

constexpr std::size_t chunk_runs = 512;

// A run is inside a region: its block in the part, and its length.
constexpr unsigned length_bits = 17;
static_assert(ref_counts::region_blocks < std::uint64_t{1} << length_bits);

}  // namespace

block_tally::block_tally(std::uint64_t nr_blocks, tally_memory memory)
    : memory_(memory), counts_(nr_blocks), single_(nr_blocks) {}

void block_tally::put_aside(std::uint64_t first, std::uint64_t length) {
  const std::uint64_t part_blocks = memory_.regions_of_a_part * ref_counts::region_blocks;
  if (parts_.empty()) parts_.resize(to_size(div_up(nr_blocks(), part_blocks)));
  part& here = parts_[to_size(first / part_blocks)];
  here.pending.push_back(first % part_blocks << length_bits | length);
  if (here.pending.size() < chunk_runs) return;
  here.chunks.push_back(spool_.size());
  spool_.append(std::as_bytes(std::span(here.pending)));
  here.pending.clear();
}

void block_tally::count_part(std::uint64_t index) {
  const std::uint64_t begin = index * memory_.regions_of_a_part * ref_counts::region_blocks;
  const auto count_runs = [&](std::span<const std::uint64_t> runs) {
    for (const std::uint64_t run : runs)
      count(begin + (run >> length_bits), run & ((std::uint64_t{1} << length_bits) - 1));
  };
  const part here = std::exchange(parts_[to_size(index)], {});
  std::vector<std::uint64_t> runs(chunk_runs);
  for (const std::uint64_t chunk : here.chunks) {
    spool_.read(chunk, std::as_writable_bytes(std::span(runs)));
    count_runs(runs);
  }
  count_runs(here.pending);
}

const ref_counts& block_tally::settle(std::uint64_t first, std::uint64_t end) {
  REQUIRE(first < end && end <= nr_blocks());
  if (first == 0) single_.finish(counting());
  for (; released_regions_ < first / ref_counts::region_blocks; ++released_regions_)
    counts_.release_region(released_regions_);
  const std::uint64_t part_blocks = memory_.regions_of_a_part * ref_counts::region_blocks;
  const auto wanted = std::min<std::uint64_t>(div_up(end, part_blocks), parts_.size());
  for (; settled_parts_ < wanted; ++settled_parts_) count_part(settled_parts_);
  return counts_;
}

}  // namespace pdata
