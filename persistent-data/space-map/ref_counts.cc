#include "persistent-data/space-map/ref_counts.h"

#include <limits>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/memory_room.h"

namespace pdata {

namespace {

// How far ahead memory is asked for.
constexpr std::size_t ahead = 24;

}  // namespace

ref_counts::ref_counts(std::uint64_t nr_blocks)
    : nr_blocks_(nr_blocks),
      regions_(to_room(div_up(nr_blocks, region_blocks))),
      narrow_memory_(region_blocks / 2, regions_.size()),
      wide_memory_(region_blocks, regions_.size()) {}

ref_counts::region_cells& ref_counts::touched(std::uint64_t index) {
  region_cells& here = regions_[to_size(index)];
  if (!region_untouched(index)) return here;
  if (2 * nr_widened_ > nr_narrow_made_) {
    here.wide = reinterpret_cast<std::uint8_t*>(wide_memory_.take());
  } else {
    here.narrow = reinterpret_cast<std::uint8_t*>(narrow_memory_.take());
    ++nr_narrow_made_;
  }
  return here;
}

void ref_counts::widen(region_cells& what) {
  auto* const wide = reinterpret_cast<std::uint8_t*>(wide_memory_.take());
  for (std::uint64_t i = 0; i < region_blocks / 2; ++i) {
    const auto two = what.narrow[i];
    wide[2 * i] = in_a_byte(two);
    wide[2 * i + 1] = in_a_byte(two >> narrow_width);
  }
  narrow_memory_.release(reinterpret_cast<std::byte*>(what.narrow));
  what = {nullptr, wide};
  ++nr_widened_;
}

void ref_counts::add(std::uint64_t block, std::uint32_t count) {
  REQUIRE(block < nr_blocks_);
  const std::lock_guard lock(locks_.of(block));
  add_to(touched(block / region_blocks), block, count);
}

void ref_counts::add_to(region_cells& to, std::uint64_t block, std::uint32_t count) {
  const auto place = block % region_blocks;
  if (to.narrow != nullptr) {
    const unsigned shift = place % 2 * narrow_width;
    auto& two = to.narrow[place / 2];
    if (count <= narrow_count_bits - (two >> shift & narrow_count_bits)) {
      two = static_cast<std::uint8_t>(two + (count << shift));
      return;
    }
    widen(to);
  }
  auto& cell = to.wide[place];
  const std::uint32_t before = cell & count_bits;
  if (count < overflowed - before) {
    cell = static_cast<std::uint8_t>(cell + count);
    return;
  }
  cell |= overflowed;
  const std::lock_guard lock(overflow_mutex_);
  auto& whole = overflow_[block];
  if (before != overflowed) whole = before;
  const auto room = std::numeric_limits<std::uint32_t>::max() - whole;
  whole += std::min(count, room);
}

template <ref_counts::marking how>
void ref_counts::increment_each(std::uint64_t first, std::span<const std::uint16_t> places) {
  REQUIRE(first < nr_blocks_);
  const std::lock_guard lock(locks_.of(first));
  auto& here = touched(first / region_blocks);
  std::size_t i = 0;
  if (auto* const narrow = here.narrow) {
    // By where it is in the byte: one more, and its mark bit, which a count that is full runs over.
    constexpr std::uint8_t one[] = {1, 1U << narrow_width};
    constexpr std::uint8_t mark[] = {narrow_mark_bit, narrow_mark_bit << narrow_width};
    for (; i < places.size(); ++i) {
      const unsigned half = places[i] % 2U;
      auto& two = narrow[places[i] / 2];
      const auto more = static_cast<std::uint8_t>(two + one[half]);
      if (((more ^ two) & mark[half]) != 0) break;
      two = how == marking::each ? static_cast<std::uint8_t>(more | mark[half]) : more;
    }
    if (i == places.size()) return;
    widen(here);
  }
  constexpr std::uint8_t added = how == marking::each ? mark_bit : 0;
  for (; i < places.size(); ++i) {
    if (i + ahead < places.size()) __builtin_prefetch(&here.wide[places[i + ahead]], 1);
    auto& cell = here.wide[places[i]];
    if ((cell & count_bits) < overflowed - 1)
      ++cell;
    else
      add_to(here, first + places[i], 1);
    cell |= added;
  }
}

void ref_counts::increment_places(std::uint64_t first, std::span<const std::uint16_t> places) {
  increment_each<marking::none>(first, places);
}

void ref_counts::mark_places(std::uint64_t first, std::span<const std::uint16_t> places) {
  increment_each<marking::each>(first, places);
}

void ref_counts::mark(std::uint64_t block) {
  REQUIRE(block < nr_blocks_);
  const std::lock_guard lock(locks_.of(block));
  const auto& here = touched(block / region_blocks);
  const auto place = block % region_blocks;
  if (here.wide != nullptr)
    here.wide[place] |= mark_bit;
  else
    here.narrow[place / 2] |=
        static_cast<std::uint8_t>(narrow_mark_bit << place % 2 * narrow_width);
}

void ref_counts::increment_alone(std::uint64_t first, std::uint64_t length) {
  REQUIRE(length <= region_blocks - first % region_blocks && first <= nr_blocks() &&
          length <= nr_blocks() - first);
  auto& here = touched(first / region_blocks);
  for (std::uint64_t block = first; block < first + length; ++block) {
    const auto place = block % region_blocks;
    if (here.narrow != nullptr && place % 2 == 0 && block + 1 < first + length) {
      constexpr unsigned upper_count_bits = narrow_count_bits << narrow_width;
      auto& two = here.narrow[place / 2];
      if ((two & narrow_count_bits) != narrow_count_bits &&
          (two & upper_count_bits) != upper_count_bits) {
        two = static_cast<std::uint8_t>(two + (1U << narrow_width | 1U));
        ++block;
        continue;
      }
    }
    add_to(here, block, 1);
  }
}

void ref_counts::release_region(std::uint64_t index) {
  auto& here = regions_[to_size(index)];
  if (here.narrow != nullptr) narrow_memory_.give_back(reinterpret_cast<std::byte*>(here.narrow));
  if (here.wide != nullptr) wide_memory_.give_back(reinterpret_cast<std::byte*>(here.wide));
  here = {};
}

std::uint32_t ref_counts::get(std::uint64_t block) const {
  REQUIRE(block < nr_blocks_);
  const auto& here = regions_[to_size(block / region_blocks)];
  const auto place = block % region_blocks;
  if (here.narrow != nullptr)
    return here.narrow[place / 2] >> place % 2 * narrow_width & narrow_count_bits;
  if (here.wide == nullptr) return 0;
  const std::uint32_t small = here.wide[place] & count_bits;
  return small == overflowed ? overflow_.at(block) : small;
}

void ref_counts::expand(std::uint64_t first, std::span<std::uint8_t> to) const {
  REQUIRE(to.size() <= region_blocks - first % region_blocks && first < nr_blocks_);
  const auto& here = regions_[to_size(first / region_blocks)];
  const auto begin = first % region_blocks;
  if (here.wide != nullptr) {
    std::memcpy(to.data(), here.wide + begin, to.size());
    return;
  }
  if (here.narrow == nullptr) {
    std::memset(to.data(), 0, to.size());
    return;
  }
  std::size_t i = 0;
  const auto one = [&](std::uint64_t place) {
    return in_a_byte(here.narrow[place / 2] >> place % 2 * narrow_width);
  };
  if (begin % 2 != 0 && !to.empty()) to[i++] = one(begin);
  const auto* const from = here.narrow + (begin + i) / 2;
  const auto pairs = (to.size() - i) / 2;
  auto* const into = to.data() + i;
  for (std::size_t pair = 0; pair < pairs; ++pair) {
    into[2 * pair] = in_a_byte(from[pair]);
    into[2 * pair + 1] = in_a_byte(from[pair] >> narrow_width);
  }
  i += 2 * pairs;
  if (i < to.size()) to[i] = one(begin + i);
}

std::optional<std::uint64_t> ref_counts::bitmap_word(std::uint64_t first) const {
  REQUIRE(first % entries_per_bitmap_word == 0 && first + entries_per_bitmap_word <= nr_blocks_);
  const auto& here = regions_[to_size(first / region_blocks)];
  const auto place = first % region_blocks;
  if (here.narrow != nullptr) {
    constexpr auto bytes = entries_per_bitmap_word / 2;
    return encode_bitmap_word(std::span<const std::uint8_t, bytes>(here.narrow + place / 2, bytes));
  }
  if (here.wide == nullptr) return 0;
  std::array<std::uint8_t, entries_per_bitmap_word> counts;
  copy_small(first, counts);
  return encode_bitmap_word(counts);
}

void ref_counts::copy_small(std::uint64_t first, std::span<std::uint8_t> to) const {
  expand(first, to);
  for (auto& cell : to) cell &= count_bits;
}

}  // namespace pdata
