#include "thin-tools/transfer/source_volume.h"

#include <fmt/format.h>

#include <algorithm>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"
#include "persistent-data/format/damage_catalogue.h"
#include "thin-tools/files/mapping_fingerprint.h"
#include "thin-tools/files/volume_survey.h"

namespace thin_tools {

namespace {

// The parts of `one` that are not in `other` at the same place; `same_place`: and from the same
// place of the data device.
std::vector<piece_extent> without(const std::vector<piece_extent>& one,
                                  const std::vector<piece_extent>& other, bool same_place) {
  std::vector<piece_extent> rest;
  std::size_t i = 0;
  for (const auto& extent : one) {
    auto at = extent.at;
    const auto end = extent.at + extent.length;
    const auto keep = [&](std::size_t to) {
      if (to > at) rest.push_back({at, extent.from + (at - extent.at), to - at});
    };
    while (i < other.size() && other[i].at + other[i].length <= at) ++i;
    for (auto j = i; j < other.size() && other[j].at < end; ++j) {
      const bool same = !same_place || extent.from + other[j].at == other[j].from + extent.at;
      if (!same) continue;
      keep(std::max(at, other[j].at));
      at = std::min(end, other[j].at + other[j].length);
    }
    keep(end);
  }
  return rest;
}

}  // namespace

source_volume find_volume(pdata::batch_reader& reader, const pdata::pool_layout& layout,
                          pdata::device_id device, std::optional<std::uint64_t> volume_bytes) {
  source_volume found;
  found.device = device;
  found.map.block_bytes = std::uint64_t{layout.chosen().data_block_size} * pdata::sector_bytes;
  mapping_fingerprint fingerprint(layout.chosen().data_block_size);
  const auto survey = survey_volume(reader, layout, device, [&](const pdata::mapping_run& run) {
    fingerprint.add(run);
    found.map.runs.push_back(run);
  });
  for (const auto& finding : survey.damage)
    if (pdata::catalogue_row(finding.id).severity == pdata::severity::fatal)
      throw pdata::error(pdata::describe(finding) +
                         " (run thin_check for details): a copy would not be the volume");
  found.fingerprint = fingerprint.value();
  found.data_end = survey.data_end;
  auto& map = found.map;
  map.volume_bytes = volume_bytes ? *volume_bytes : mapped_bytes(survey, map.block_bytes);
  if (map.volume_bytes > INT64_MAX)
    throw pdata::error(fmt::format("a volume of {} bytes is too large", map.volume_bytes));
  // What lies beyond the end is no part of the volume, and later arithmetic cannot overflow.
  const auto nr_blocks = pdata::div_up(map.volume_bytes, map.block_bytes);
  while (!map.runs.empty() && map.runs.back().begin >= nr_blocks) map.runs.pop_back();
  if (!map.runs.empty()) {
    auto& last = map.runs.back();
    last.length = std::min(last.length, nr_blocks - last.begin);
  }
  for (const auto& run : map.runs) found.mapped_bytes += run.length * map.block_bytes;
  return found;
}

pair_walk::pair_walk(const volume_runs& volume, const volume_runs* base, std::uint64_t first_piece)
    : volume_(volume), has_base_(base != nullptr), walk_(volume, first_piece), next_(walk_.next()) {
  if (!base) return;
  base_walk_.emplace(*base, first_piece);
  next_of_base_ = base_walk_->next();
}

std::optional<piece_pair> pair_walk::next() {
  const auto index_of = [](const std::optional<piece_plan>& plan) {
    return plan ? plan->index : UINT64_MAX;
  };
  const auto index = std::min(index_of(next_), index_of(next_of_base_));
  if (index >= volume_.volume_bytes / piece_bytes + 1 ||
      index * piece_bytes >= volume_.volume_bytes)
    return std::nullopt;
  piece_pair pair{.index = index};
  piece_plan of_base;
  if (index_of(next_of_base_) == index) {
    of_base = std::move(*next_of_base_);
    next_of_base_ = base_walk_->next();
  }
  if (index_of(next_) == index) {
    pair.wanted = std::move(*next_);
    next_ = walk_.next();
  } else {
    pair.wanted.index = index;
    pair.wanted.bytes = pdata::to_size(
        std::min<std::uint64_t>(piece_bytes, volume_.volume_bytes - index * piece_bytes));
  }
  pair.to_write =
      has_base_ ? without(pair.wanted.extents, of_base.extents, true) : pair.wanted.extents;
  pair.to_clear = without(of_base.extents, pair.wanted.extents, false);
  // What the base has behind the volume's end goes with it.
  std::erase_if(pair.to_clear, [&](const auto& e) { return e.at >= pair.wanted.bytes; });
  for (auto& extent : pair.to_clear)
    extent.length = std::min(extent.length, pair.wanted.bytes - extent.at);
  pair.changed = !has_base_ || !pair.to_write.empty() || !pair.to_clear.empty() ||
                 of_base.bytes != pair.wanted.bytes;
  return pair;
}

}  // namespace thin_tools
