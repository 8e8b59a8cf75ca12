// What was last written at each sector of a device: the number of the request
// that wrote it, 0 for zeroes. Sectors that were never written, or were
// discarded, have no number.
//
// A copy costs nothing and shares all that neither side changes afterwards, so
// that a snapshot of a device is a copy. Memory follows what was written. Used by one
// thread at a time, copies included.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/ids.h"
#include "persistent-data/base/require.h"

namespace sim::replay {

using pdata::sector;

using written_value = std::optional<std::uint64_t>;

class written_map {
 public:
  static constexpr sector size_max = sector{1} << 54;
  // Numbers are below this, or this one, which may have any meaning.
  static constexpr std::uint64_t last_number = UINT64_MAX;
  static constexpr std::uint64_t numbers_end = (std::uint64_t{1} << 40) - 1;

  // The range must lie below size_max.
  void put(sector first, sector count, std::uint64_t number);
  void erase(sector first, sector count);

  // Calls found(first, count, value) for pieces that cover the range in order.
  template <class Found>
  void visit(sector first, sector count, Found found) const;
  // Calls present(first, count, number) for all that has a number, in order.
  template <class Present>
  void visit_present(Present present) const;

  bool empty() const { return !root_; }

 private:
  // A leaf has runs behind it in memory, in order; the others have children.
  struct node {
    std::uint32_t holders = 0;
    std::uint16_t size = 0;      // runs
    std::uint16_t capacity = 0;  // of a leaf, else 0
  };
  static void destroy(node* unused);

 public:
  // Maps share nodes; nobody changes one that somebody else holds too.
  class node_pointer {
   public:
    node_pointer() = default;
    explicit node_pointer(node* made) : node_(made) { hold(); }
    node_pointer(const node_pointer& other) : node_(other.node_) { hold(); }
    node_pointer(node_pointer&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
    node_pointer& operator=(node_pointer other) noexcept {
      std::swap(node_, other.node_);
      return *this;
    }
    ~node_pointer() {
      if (node_ != nullptr && --node_->holders == 0) destroy(node_);
    }

    explicit operator bool() const { return node_ != nullptr; }
    const void* get() const { return node_; }
    bool is_shared() const { return node_->holders > 1; }

   private:
    friend class written_map;
    void hold() {
      if (node_ != nullptr) ++node_->holders;
    }
    node* node_ = nullptr;
  };
  using leaf_pointer = node_pointer;
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
  static constexpr std::size_t fan_out = std::size_t{1} << fan_out_bits;

  // Sectors [begin, end) of a leaf, in one word.
  class run {
   public:
    run(std::uint32_t begin, std::uint32_t end, std::uint64_t number)
        : number_(std::min(number, numbers_end) & numbers_end),
          begin_(begin & last_of_leaf),
          last_((end - 1) & last_of_leaf) {}
    std::uint32_t begin() const { return begin_; }
    std::uint32_t end() const { return last_ + 1; }
    std::uint64_t number() const { return number_ == numbers_end ? last_number : number_; }

   private:
    static constexpr std::uint64_t last_of_leaf = leaf_sectors - 1;
    std::uint64_t number_ : 40;
    std::uint64_t begin_ : leaf_bits;
    std::uint64_t last_ : leaf_bits;
  };
  static_assert(sizeof(run) == 8);

  // Sectors that a node of the height covers; leaves have height 0.
  static constexpr sector span_of(unsigned height) {
    return sector{1} << (leaf_bits + fan_out_bits * height);
  }
  static std::span<run> runs(const node_pointer& leaf) {
    return {reinterpret_cast<run*>(leaf.node_ + 1), leaf.node_->size};
  }
  static std::span<node_pointer, fan_out> children(const node_pointer& of) {
    return std::span<node_pointer, fan_out>(reinterpret_cast<node_pointer*>(of.node_ + 1), fan_out);
  }
  static node_pointer make_leaf(std::size_t capacity);
  static node_pointer make_inner();
  static std::span<node_pointer, fan_out> own_children(node_pointer& at);
  static void put_below(node_pointer& at, unsigned height, sector first, sector end,
                        std::uint64_t number);
  static void erase_below(node_pointer& at, unsigned height, sector first, sector end);
  static void replace(node_pointer& leaf, std::uint32_t begin, std::uint32_t end,
                      written_value number);
  static const run* first_ending_after(std::span<const run> runs, std::uint32_t at) {
    return std::partition_point(runs.data(), runs.data() + runs.size(),
                                [at](const run& r) { return r.end() <= at; });
  }
  template <class Present>
  static void visit_below(const node_pointer& at, unsigned height, sector base, sector first,
                          sector end, Present& present);

  template <class Visit>
  static void visit_leaves_below(const node_pointer& at, unsigned height, sector base,
                                 Visit& visit);

  node_pointer root_;
  unsigned height_ = 0;
};

template <class Visit>
void written_map::visit_leaves_below(const node_pointer& at, unsigned height, sector base,
                                     Visit& visit) {
  if (height == 0) return visit(at, base);
  const auto below = children(at);
  for (std::size_t i = 0; i < fan_out; ++i)
    if (below[i]) visit_leaves_below(below[i], height - 1, base + i * span_of(height - 1), visit);
}

// The range is absolute here; `base` is where the node's sectors begin.
template <class Present>
void written_map::visit_below(const node_pointer& at, unsigned height, sector base, sector first,
                              sector end, Present& present) {
  if (height == 0) {
    const auto here = runs(at);
    const auto from = first > base ? static_cast<std::uint32_t>(first - base) : 0;
    const run* r = first_ending_after(here, from);
    for (; r != here.data() + here.size() && base + r->begin() < end; ++r) {
      const sector begin = std::max(first, base + r->begin());
      present(begin, std::min(end, base + r->end()) - begin, r->number());
    }
    return;
  }
  const auto below = children(at);
  const sector step = span_of(height - 1);
  const std::size_t last = pdata::to_size(std::min<sector>((end - 1 - base) / step, fan_out - 1));
  for (std::size_t i = first > base ? pdata::to_size((first - base) / step) : 0; i <= last; ++i)
    if (below[i]) visit_below(below[i], height - 1, base + i * step, first, end, present);
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
    visit_below(root_, height_, 0, first, std::min(end, span_of(height_)), present);
  if (at < end) found(at, end - at, written_value());
}

template <class Present>
void written_map::visit_present(Present present) const {
  if (root_) visit_below(root_, height_, 0, 0, span_of(height_), present);
}

}  // namespace sim::replay
