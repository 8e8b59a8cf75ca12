// What was last written at each sector of a device: the number of the request
// that wrote it, 0 for zeroes. Sectors that were never written, or were
// discarded, have no number.
//
// A copy costs nothing and shares all that neither side changes afterwards, so
// that a snapshot of a device is a copy. Memory follows what was written.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "persistent-data/base/ids.h"

namespace sim::replay {

using pdata::sector;

using written_value = std::optional<std::uint64_t>;

class written_map {
 public:
  static constexpr sector size_max = sector{1} << 54;

  // The range must lie below size_max.
  void put(sector first, sector count, std::uint64_t number);
  void erase(sector first, sector count);

  // Calls found(first, count, value) for pieces that cover the range in order.
  template <class Found>
  void visit(sector first, sector count, Found found) const;
  // Calls present(first, count, number) for all that has a number, in order.
  template <class Present>
  void visit_present(Present present) const;

  bool empty() const { return root_ == nullptr; }

  // Maps share leaves; nobody changes one that somebody else holds too.
  using leaf_pointer = std::shared_ptr<const void>;
  static constexpr sector leaf_sectors = 4096;
  // Calls visit(leaf_pointer, first sector) for the leaves that there are, in order.
  template <class Visit>
  void visit_leaves(Visit visit) const {
    if (root_) visit_leaves_below(root_, height_, 0, visit);
  }

 private:
  static constexpr unsigned leaf_bits = 12;  // sectors of a leaf: 2 MiB
  static_assert(leaf_sectors == sector{1} << leaf_bits);
  static constexpr unsigned fan_out_bits = 6;

  struct run {
    std::uint32_t begin;
    std::uint32_t end;
    std::uint64_t number;
  };
  // A leaf has runs, in order; the others have children.
  struct node {
    std::vector<run> runs;
    std::vector<std::shared_ptr<node>> children;
  };
  using node_pointer = std::shared_ptr<node>;

  // Sectors that a node of the height covers; leaves have height 0.
  static constexpr sector span_of(unsigned height) {
    return sector{1} << (leaf_bits + fan_out_bits * height);
  }
  static node& own(node_pointer& at, unsigned height);
  static void put_below(node_pointer& at, unsigned height, sector first, sector end,
                        std::uint64_t number);
  static void erase_below(node_pointer& at, unsigned height, sector first, sector end);
  static void replace(std::vector<run>& runs, std::uint32_t begin, std::uint32_t end,
                      const std::uint64_t* number);
  template <class Present>
  static void visit_below(const node& at, unsigned height, sector base, sector first, sector end,
                          Present& present);

  template <class Visit>
  static void visit_leaves_below(const node_pointer& at, unsigned height, sector base,
                                 Visit& visit);

  node_pointer root_;
  unsigned height_ = 0;
};

template <class Visit>
void written_map::visit_leaves_below(const node_pointer& at, unsigned height, sector base,
                                     Visit& visit) {
  if (height == 0) return visit(leaf_pointer(at), base);
  for (std::size_t i = 0; i < at->children.size(); ++i)
    if (at->children[i])
      visit_leaves_below(at->children[i], height - 1, base + i * span_of(height - 1), visit);
}

// The range is absolute here; `base` is where the node's sectors begin.
template <class Present>
void written_map::visit_below(const node& at, unsigned height, sector base, sector first,
                              sector end, Present& present) {
  if (height == 0) {
    const auto from = first > base ? static_cast<std::uint32_t>(first - base) : 0;
    auto r = std::ranges::upper_bound(at.runs, from, {}, &run::end);
    for (; r != at.runs.end() && base + r->begin < end; ++r) {
      const sector begin = std::max(first, base + r->begin);
      present(begin, std::min(end, base + r->end) - begin, r->number);
    }
    return;
  }
  const sector step = span_of(height - 1);
  const std::size_t last = std::min<sector>((end - 1 - base) / step, at.children.size() - 1);
  for (std::size_t i = first > base ? (first - base) / step : 0; i <= last; ++i)
    if (at.children[i])
      visit_below(*at.children[i], height - 1, base + i * step, first, end, present);
}

template <class Found>
void written_map::visit(sector first, sector count, Found found) const {
  const sector end = first + count;
  sector at = first;
  const auto present = [&](sector begin, sector n, std::uint64_t number) {
    if (begin > at) found(at, begin - at, written_value());
    found(begin, n, written_value(number));
    at = begin + n;
  };
  if (root_ && first < span_of(height_))
    visit_below(*root_, height_, 0, first, std::min(end, span_of(height_)), present);
  if (at < end) found(at, end - at, written_value());
}

template <class Present>
void written_map::visit_present(Present present) const {
  if (root_) visit_below(*root_, height_, 0, 0, span_of(height_), present);
}

}  // namespace sim::replay
