#include "thin-tools/rmap/leaf_runs.h"

#include <algorithm>
#include <bit>

#include "persistent-data/base/run_joiner.h"
#include "persistent-data/format/mapping_value.h"

namespace thin_tools {

using namespace pdata;

void packed_runs::put(std::uint64_t number) {
  for (; number >= 128; number >>= 7) bytes_.push_back(static_cast<std::uint8_t>(number | 128));
  bytes_.push_back(static_cast<std::uint8_t>(number));
}

// Small for small distances in either direction.
void packed_runs::put_distance(std::uint64_t from, std::uint64_t to) {
  const std::uint64_t difference = to - from;
  put(difference << 1 ^ (difference >> 63 != 0 ? UINT64_MAX : 0));
}

void packed_runs::add(const leaf_run& run) {
  constexpr std::size_t run_bytes_max = 4 * 10;
  if (bytes_.capacity() - bytes_.size() < run_bytes_max)
    bytes_.reserve(bytes_.size() + bytes_.size() / 8 + run_bytes_max);
  put_distance(last_.data_begin(), run.data_begin());
  put(run.length());
  put_distance(last_.thin_begin(), run.thin_begin());
  put(run.owners());
  last_ = run;
}

std::vector<leaf_run> packed_runs::unpacked() const {
  std::vector<leaf_run> runs;
  leaf_run last;
  auto at = bytes_.begin();
  const auto number = [&at] {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const std::uint8_t group = *at++;
      value |= std::uint64_t{group & 127U} << shift;
      if (group < 128) return value;
    }
  };
  const auto moved = [&number](std::uint64_t from) {
    const std::uint64_t packed = number();
    return from + (packed >> 1 ^ ((packed & 1) != 0 ? UINT64_MAX : 0));
  };
  while (at != bytes_.end()) {
    const auto data_begin = moved(last.data_begin());
    const auto length = number();
    const auto thin_begin = moved(last.thin_begin());
    last = {data_begin, length, thin_begin, static_cast<owner_set_id>(number())};
    runs.push_back(last);
  }
  return runs;
}

namespace {

// Entries of a leaf, one behind the other.
struct entry_run {
  data_block data_begin = 0;
  thin_block thin_begin = 0;
  std::uint64_t length = 0;
  std::uint32_t first_entry = 0;
};

bool join(entry_run& open, const entry_run& next) {
  const bool joins = open.data_begin + open.length == next.data_begin &&
                     open.thin_begin + open.length == next.thin_begin;
  if (joins) open.length += next.length;
  return joins;
}

}  // namespace

void leaf_runs::collect(const owned_leaf& leaf, const region_index& regions) {
  const node_view& node = leaf.node;
  const std::uint32_t nr_entries = node.nr_entries();
  placed_region current;
  auto joiner = join_runs<entry_run>([&](const entry_run& found) {
    const leaf_run run(found.data_begin, found.length, found.thin_begin, leaf.owners);
    if (found.first_entry == 0 || found.first_entry + found.length == nr_entries)
      edges_.push_back(run);
    else
      inner_[regions.part_of(current, found.data_begin)].add(run);
  });
  for (std::uint32_t i = 0; i < nr_entries; ++i) {
    const data_block block = unpack_mapping(node.value_u64(i)).block;
    if (!current.holds(block)) {
      joiner.finish();  // regions do not touch
      const placed_region* const found = regions.find(block);
      if (found == nullptr) continue;
      current = *found;
    }
    joiner.add({block, node.key(i), 1, i});
  }
  joiner.finish();
}

// Runs are dealt out to as many buckets as there are runs, by the leading bits of
// their place; few are left to be compared.
std::vector<leaf_run> sorted_by_place(std::span<const std::span<const leaf_run>> lists) {
  std::size_t count = 0;
  std::uint64_t lowest = ~std::uint64_t{0};
  std::uint64_t highest = 0;
  for (const auto& list : lists) {
    count += list.size();
    for (const auto& run : list) {
      lowest = std::min(lowest, run.place());
      highest = std::max(highest, run.place());
    }
  }
  if (count == 0) return {};
  const int shift = std::max(0, static_cast<int>(std::bit_width(highest - lowest)) -
                                    static_cast<int>(std::bit_width(count)));
  const auto bucket_of = [&](std::uint64_t place) {
    return static_cast<std::size_t>((place - lowest) >> shift);
  };

  // Of each bucket where it begins, and after dealing where it ends.
  std::vector<std::size_t> ends(bucket_of(highest) + 2);
  for (const auto& list : lists)
    for (const auto& run : list) ++ends[bucket_of(run.place()) + 1];
  for (std::size_t bucket = 1; bucket < ends.size(); ++bucket) ends[bucket] += ends[bucket - 1];
  std::vector<leaf_run> sorted(count);
  for (const auto& list : lists)
    for (const auto& run : list) sorted[ends[bucket_of(run.place())]++] = run;

  std::size_t begin = 0;
  for (const auto end : ends) {
    if (end - begin > 1)
      std::ranges::sort(sorted.begin() + static_cast<std::ptrdiff_t>(begin),
                        sorted.begin() + static_cast<std::ptrdiff_t>(end), {}, &leaf_run::place);
    begin = end;
  }
  return sorted;
}

}  // namespace thin_tools
