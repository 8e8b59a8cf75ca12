#include "sim/replay/written_map.h"

#include "persistent-data/base/require.h"

namespace sim::replay {

namespace {

constexpr std::size_t fan_out = 64;

}  // namespace

// What others share is copied before it is changed.
written_map::node& written_map::own(node_pointer& at, unsigned height) {
  if (!at)
    at = std::make_shared<node>();
  else if (at.use_count() > 1)
    at = std::make_shared<node>(*at);
  if (height != 0 && at->children.empty()) at->children.resize(fan_out);
  return *at;
}

// Cuts what lies in [begin, end) out and puts the number, if any, in its place.
void written_map::replace(std::vector<run>& runs, std::uint32_t begin, std::uint32_t end,
                          const std::uint64_t* number) {
  const auto from = std::ranges::upper_bound(runs, begin, {}, &run::end);
  auto to = from;
  while (to != runs.end() && to->begin < end) ++to;
  run pieces[3];
  std::size_t nr_pieces = 0;
  if (from != to && from->begin < begin) pieces[nr_pieces++] = {from->begin, begin, from->number};
  if (number != nullptr) pieces[nr_pieces++] = {begin, end, *number};
  if (from != to && std::prev(to)->end > end)
    pieces[nr_pieces++] = {end, std::prev(to)->end, std::prev(to)->number};
  const auto replaced = static_cast<std::size_t>(to - from);
  const auto kept = std::min(replaced, nr_pieces);
  const auto next = std::copy_n(pieces, kept, from);
  if (kept < nr_pieces)
    runs.insert(next, pieces + kept, pieces + nr_pieces);
  else
    runs.erase(next, to);
}

void written_map::put_below(node_pointer& at, unsigned height, sector first, sector end,
                            std::uint64_t number) {
  node& mine = own(at, height);
  if (height == 0)
    return replace(mine.runs, static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(end),
                   &number);
  const sector step = span_of(height - 1);
  while (first < end) {
    const std::size_t child = first / step;
    const sector piece_end = std::min(end, (child + 1) * step);
    put_below(mine.children[child], height - 1, first - child * step, piece_end - child * step,
              number);
    first = piece_end;
  }
}

void written_map::erase_below(node_pointer& at, unsigned height, sector first, sector end) {
  if (!at) return;
  if (first == 0 && end == span_of(height)) return at.reset();
  node& mine = own(at, height);
  if (height == 0)
    return replace(mine.runs, static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(end),
                   nullptr);
  const sector step = span_of(height - 1);
  while (first < end) {
    const std::size_t child = first / step;
    const sector piece_end = std::min(end, (child + 1) * step);
    erase_below(mine.children[child], height - 1, first - child * step, piece_end - child * step);
    first = piece_end;
  }
}

void written_map::put(sector first, sector count, std::uint64_t number) {
  REQUIRE(first <= size_max && count <= size_max - first);
  if (count == 0) return;
  while (first + count > span_of(height_)) {
    if (root_) {
      auto above = std::make_shared<node>();
      above->children.resize(fan_out);
      above->children[0] = std::move(root_);
      root_ = std::move(above);
    }
    ++height_;
  }
  put_below(root_, height_, first, first + count, number);
}

void written_map::erase(sector first, sector count) {
  const sector end = std::min(first + count, span_of(height_));
  if (first < end) erase_below(root_, height_, first, end);
}

}  // namespace sim::replay
