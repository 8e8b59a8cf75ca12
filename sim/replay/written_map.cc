#include "sim/replay/written_map.h"

#include <cstring>
#include <memory>
#include <new>
#include <type_traits>

#include "persistent-data/base/checked_math.h"

namespace sim::replay {

written_map::node_pointer written_map::make_leaf(std::size_t capacity) {
  static_assert(std::is_trivially_copyable_v<run> && alignof(run) <= alignof(std::uint64_t));
  static_assert(sizeof(node) % alignof(run) == 0);
  void* const memory = ::operator new(sizeof(node) + capacity * sizeof(run));
  return node_pointer(new (memory) node{0, 0, static_cast<std::uint16_t>(capacity)});
}

written_map::node_pointer written_map::make_inner() {
  static_assert(sizeof(node) % alignof(node_pointer) == 0);
  void* const memory = ::operator new(sizeof(node) + fan_out * sizeof(node_pointer));
  node_pointer made(new (memory) node{});
  std::uninitialized_default_construct_n(children(made).data(), fan_out);
  return made;
}

void written_map::destroy(node* unused) {
  if (unused->capacity == 0) std::destroy_n(reinterpret_cast<node_pointer*>(unused + 1), fan_out);
  ::operator delete(unused);
}

// What others share is copied before it is changed.
std::span<written_map::node_pointer, written_map::fan_out> written_map::own_children(
    node_pointer& at) {
  if (!at) {
    at = make_inner();
  } else if (at.is_shared()) {
    auto copy = make_inner();
    std::ranges::copy(children(at), children(copy).begin());
    at = std::move(copy);
  }
  return children(at);
}

// Cuts what lies in [begin, end) out and puts the number, if any, in its place.
void written_map::replace(node_pointer& leaf, std::uint32_t begin, std::uint32_t end,
                          written_value number) {
  constexpr std::size_t least_capacity = 3;
  if (!leaf) leaf = make_leaf(least_capacity);
  const auto here = runs(leaf);
  const auto from = static_cast<std::size_t>(first_ending_after(here, begin) - here.data());
  std::size_t to = from;
  while (to != here.size() && here[to].begin() < end) ++to;
  std::array pieces{run(0, 1, 0), run(0, 1, 0), run(0, 1, 0)};
  std::size_t nr_pieces = 0;
  if (from != to && here[from].begin() < begin)
    pieces[nr_pieces++] = {here[from].begin(), begin, here[from].number()};
  if (number) pieces[nr_pieces++] = {begin, end, *number};
  if (from != to && here[to - 1].end() > end)
    pieces[nr_pieces++] = {end, here[to - 1].end(), here[to - 1].number()};

  const std::size_t size = here.size() - (to - from) + nr_pieces;
  if (!leaf.is_shared() && size <= leaf.node_->capacity) {
    std::memmove(static_cast<void*>(here.data() + from + nr_pieces), here.data() + to,
                 (here.size() - to) * sizeof(run));
    std::copy_n(pieces.begin(), nr_pieces, here.data() + from);
    leaf.node_->size = static_cast<std::uint16_t>(size);
    return;
  }
  auto made = make_leaf(std::max(least_capacity, leaf.is_shared() ? size : size + size / 2));
  made.node_->size = static_cast<std::uint16_t>(size);
  run* next = std::copy_n(here.data(), from, runs(made).data());
  next = std::copy_n(pieces.begin(), nr_pieces, next);
  std::copy_n(here.data() + to, here.size() - to, next);
  leaf = std::move(made);
}

void written_map::put_below(node_pointer& at, unsigned height, sector first, sector end,
                            std::uint64_t number) {
  if (height == 0)
    return replace(at, static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(end), number);
  const auto below = own_children(at);
  const sector step = span_of(height - 1);
  while (first < end) {
    const std::size_t child = pdata::to_size(first / step);
    const sector piece_end = std::min<sector>(end, (child + 1) * step);
    put_below(below[child], height - 1, first - child * step, piece_end - child * step, number);
    first = piece_end;
  }
}

void written_map::erase_below(node_pointer& at, unsigned height, sector first, sector end) {
  if (!at) return;
  if (first == 0 && end == span_of(height)) {
    at = node_pointer();
    return;
  }
  if (height == 0)
    return replace(at, static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(end),
                   std::nullopt);
  const auto below = own_children(at);
  const sector step = span_of(height - 1);
  while (first < end) {
    const std::size_t child = pdata::to_size(first / step);
    const sector piece_end = std::min<sector>(end, (child + 1) * step);
    erase_below(below[child], height - 1, first - child * step, piece_end - child * step);
    first = piece_end;
  }
}

void written_map::put(sector first, sector count, std::uint64_t number) {
  REQUIRE(first <= size_max && count <= size_max - first);
  REQUIRE(number < numbers_end || number == last_number);
  if (count == 0) return;
  while (first + count > span_of(height_)) {
    if (root_) {
      auto above = make_inner();
      children(above)[0] = std::move(root_);
      root_ = std::move(above);
    }
    ++height_;
  }
  put_below(root_, height_, first, first + count, number);
}

void written_map::erase(sector first, sector count) {
  const sector end = std::min<sector>(first + count, span_of(height_));
  if (first < end) erase_below(root_, height_, first, end);
}

}  // namespace sim::replay
