#include "thin-tools/volumes/run_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "persistent-data/base/error.h"

namespace thin_tools {

namespace {

// Small for small distances in either direction.
std::uint64_t folded(std::uint64_t difference) {
  return difference << 1 ^ (difference >> 63 != 0 ? UINT64_MAX : 0);
}
std::uint64_t unfolded(std::uint64_t value) {
  return value >> 1 ^ ((value & 1) != 0 ? UINT64_MAX : 0);
}

// Numbers in groups of seven bits, the lowest first; the highest bit says that another follows.
std::uint64_t take(const std::uint8_t*& at) {
  std::uint64_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    const std::uint8_t group = *at++;
    value |= std::uint64_t{group & 127U} << shift;
    if (group < 128) return value;
  }
}

}  // namespace

void run_table::put(std::uint64_t number) {
  for (; number >= 128; number >>= 7)
    encoded_.push_back(static_cast<std::uint8_t>((number & 127) | 128));
  encoded_.push_back(static_cast<std::uint8_t>(number));
}

// A run is its distance from the end of the one before, its length and where its data is,
// from the end of that of the one before. A chunk begins anew.
void run_table::put_run(const run& next) {
  if (nr_runs_++ % chunk_runs == 0) {
    chunks_.push_back({next.begin, encoded_.size()});
    last_ = {.begin = next.begin};
  }
  put(next.begin - last_.end());
  put(next.length);
  put(folded(next.data_begin - (last_.data_begin + last_.length)));
  last_ = next;
}

void run_table::add(pdata::thin_block begin, pdata::data_block data_begin, std::uint64_t length) {
  if (begin >= blocks_max || length == 0) return;
  length = std::min(length, blocks_max - begin);
  if (begin < open_.end())
    throw pdata::error(fmt::format("mappings of virtual block {} come out of order", begin));
  const bool goes_on =
      open_.length != 0 && begin == open_.end() && data_begin == open_.data_begin + open_.length;
  if (goes_on) {
    open_.length += length;
    return;
  }
  if (open_.length != 0) put_run(open_);
  open_ = {begin, length, data_begin};
}

void run_table::finish() {
  if (open_.length != 0) put_run(open_);
  open_ = {};
  chunks_.shrink_to_fit();
  encoded_.shrink_to_fit();
}

run_table::part run_table::find(pdata::thin_block block) const {
  const auto after = std::ranges::upper_bound(chunks_, block, {}, &chunk::begin);
  const auto end_of_gap = after == chunks_.end() ? pdata::thin_block(UINT64_MAX) : after->begin;
  if (after == chunks_.begin()) return {.end = end_of_gap};
  const auto& found = *(after - 1);
  const auto* at = encoded_.data() + found.at;
  const auto* const end = encoded_.data() + (after == chunks_.end() ? encoded_.size() : after->at);
  run before{.begin = found.begin};
  while (at != end) {
    run next;
    next.begin = before.end() + take(at);
    next.length = take(at);
    next.data_begin = before.data_begin + before.length + unfolded(take(at));
    if (block < next.begin) return {.begin = before.end(), .end = next.begin};
    if (block < next.end()) return {true, next.begin, next.end(), next.data_begin};
    before = next;
  }
  return {.begin = before.end(), .end = end_of_gap};
}

std::size_t run_table::bytes() const {
  return chunks_.capacity() * sizeof(chunk) + encoded_.capacity();
}

}  // namespace thin_tools
