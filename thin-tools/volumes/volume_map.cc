#include "thin-tools/volumes/volume_map.h"

#include <fmt/format.h>

#include <algorithm>

#include "persistent-data/base/checked_math.h"

namespace thin_tools {

namespace {

constexpr std::size_t named_max = 1000;

pdata::thin_block end_of(const pdata::key_range& range) { return range.end.value_or(UINT64_MAX); }

}  // namespace

volume_map::segment volume_map::at(pdata::thin_block block) const {
  const auto part = runs_.find(block);
  if (part.mapped)
    return {content::mapped, block, part.end, part.data_begin + (block - part.begin)};
  if (lost_anywhere_) return {content::lost, block, part.end};
  const auto after = std::ranges::upper_bound(lost_, block, {}, &pdata::key_range::begin);
  if (after != lost_.begin() && block < end_of(*(after - 1)))
    return {content::lost, block, std::min(part.end, end_of(*(after - 1)))};
  return {content::hole, block,
          after == lost_.end() ? part.end : std::min<pdata::thin_block>(part.end, after->begin)};
}

std::uint64_t volume_map::nr_missing() const {
  return expected_ && *expected_ > extent_.mapped_blocks ? *expected_ - extent_.mapped_blocks : 0;
}

std::optional<pdata::thin_block> volume_map::known_end() const {
  auto end = extent_.end;
  for (const auto& range : lost_) {
    if (!range.end) return std::nullopt;
    end = std::max<pdata::thin_block>(end, *range.end);
  }
  return lost_anywhere_ ? std::nullopt : std::optional(end);
}

void volume_map_builder::add(const pdata::mapping_run& run) {
  auto true_length = run.length;
  if (run.data_begin >= nr_data_blocks_)
    true_length = 0;
  else
    true_length = std::min(run.length, nr_data_blocks_ - run.data_begin);
  if (true_length != run.length) {
    const auto end = pdata::checked_add(run.begin, run.length);
    lose({{run.begin + true_length, end},
          fmt::format("mapped to data block {}, which the pool does not have",
                      run.data_begin + true_length)});
  }
  if (true_length == 0) return;
  map_.runs_.add(run.begin, run.data_begin, true_length);
  map_.extent_.add({run.begin, run.data_begin, true_length, run.time});
}

void volume_map_builder::lose(lost_part part) {
  if (part.blocks.empty()) return;
  map_.lost_.push_back(part.blocks);
  ++map_.nr_lost_parts_;
  if (map_.named_.size() < named_max) map_.named_.push_back(std::move(part));
}

// How many mappings the lost parts can have had.
std::uint64_t volume_map_builder::capacity_of_lost() const {
  std::uint64_t capacity = 0;
  for (const auto& range : map_.lost_) {
    if (!range.end) return UINT64_MAX;
    for (auto block = range.begin; block < *range.end;) {
      const auto part = map_.runs_.find(block);
      const auto end = std::min<pdata::thin_block>(part.end, *range.end);
      if (!part.mapped) capacity += end - block;
      block = end;
    }
  }
  return capacity;
}

volume_map volume_map_builder::finish() {
  map_.runs_.finish();
  auto& lost = map_.lost_;
  std::ranges::sort(lost, {}, &pdata::key_range::begin);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < lost.size(); ++i) {
    if (kept != 0 && lost[i].begin <= end_of(lost[kept - 1])) {
      if (end_of(lost[i]) > end_of(lost[kept - 1])) lost[kept - 1].end = lost[i].end;
    } else {
      lost[kept++] = lost[i];
    }
  }
  lost.resize(kept);
  if (map_.nr_missing() > capacity_of_lost()) map_.lost_anywhere_ = true;
  return std::move(map_);
}

}  // namespace thin_tools
