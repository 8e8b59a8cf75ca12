#include "thin-tools/shrink/shrink_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "persistent-data/base/error.h"
#include "persistent-data/base/range_union.h"
#include "thin-tools/shrink/pool_digest.h"

namespace thin_tools {

using pdata::data_block;
using pdata::mapping_run;

std::uint64_t shrink_plan::blocks_to_move() const {
  std::uint64_t sum = 0;
  for (const auto& move : moves) sum += move.length;
  return sum;
}

std::uint64_t shrink_plan::fingerprint() const {
  number_hash hash;
  hash.add(nr_blocks);
  for (const auto& move : moves) {
    hash.add(move.from);
    hash.add(move.to);
    hash.add(move.length);
  }
  return hash.value();
}

void used_blocks::begin_superblock(const pdata::stream_superblock& superblock) {
  superblock_ = superblock;
}

void used_blocks::run(const mapping_run& mappings) {
  const auto limit = superblock_.nr_data_blocks;
  if (mappings.data_begin > limit || mappings.length > limit - mappings.data_begin)
    throw pdata::error(
        fmt::format("a mapping to data block {} is beyond the data device ({} blocks)",
                    mappings.data_begin + mappings.length - 1, limit));
  const auto end = mappings.data_begin + mappings.length;
  if (!ranges_.empty() && ranges_.back().end == mappings.data_begin)
    ranges_.back().end = end;
  else
    ranges_.push_back({mappings.data_begin, end});
}

data_block used_blocks::end() const {
  data_block end = 0;
  for (const auto& used : ranges_) end = std::max(end, used.end);
  return end;
}

shrink_plan used_blocks::plan(data_block nr_blocks) {
  pdata::unite_ranges(ranges_);
  shrink_plan plan{.nr_blocks = nr_blocks, .moves = {}};
  auto used = ranges_.begin();  // walks the gaps below the new end
  data_block gap = 0;
  const auto next_gap = [&]() -> std::uint64_t {
    while (used != ranges_.end() && used->begin <= gap) {
      gap = std::max(gap, used->end);
      ++used;
    }
    const auto end = used == ranges_.end() ? nr_blocks : std::min(nr_blocks, used->begin);
    return gap < end ? end - gap : 0;
  };
  for (const auto& mapped : ranges_) {
    for (auto from = std::max(mapped.begin, nr_blocks); from < mapped.end;) {
      const auto room = next_gap();
      if (room == 0)
        throw pdata::error(
            fmt::format("Insufficient free space: more than {} data blocks are mapped", nr_blocks));
      const auto length = std::min(room, mapped.end - from);
      plan.moves.push_back({from, gap, length});
      from += length;
      gap += length;
    }
  }
  return plan;
}

void moved_stream::begin_superblock(const pdata::stream_superblock& superblock) {
  auto smaller = superblock;
  smaller.nr_data_blocks = plan_.nr_blocks;
  next().begin_superblock(smaller);
}

void moved_stream::run(const mapping_run& mappings) {
  mapping_run left = mappings;
  while (left.length > 0) {
    mapping_run piece = left;
    if (left.data_begin >= plan_.nr_blocks) {
      // The move that holds the first block; every block up here is in one.
      const auto move =
          std::prev(std::ranges::upper_bound(plan_.moves, left.data_begin, {}, &data_move::from));
      const auto skip = left.data_begin - move->from;
      piece.length = std::min(left.length, move->length - skip);
      piece.data_begin = move->to + skip;
    } else {
      piece.length = std::min(left.length, plan_.nr_blocks - left.data_begin);
    }
    joiner_.add(piece);
    left.begin += piece.length;
    left.data_begin += piece.length;
    left.length -= piece.length;
  }
}

void moved_stream::end_def() {
  joiner_.finish();
  next().end_def();
}

void moved_stream::end_device() {
  joiner_.finish();
  next().end_device();
}

void moved_stream::ref(const std::string& name) {
  joiner_.finish();
  next().ref(name);
}

}  // namespace thin_tools
