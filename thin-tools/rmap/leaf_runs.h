// What one thread finds of the regions in the leaves of the mapping trees: runs
// within one leaf, kept once for all devices that share it, and already dealt
// out to the parts of the regions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "persistent-data/survey/owned_leaves.h"
#include "thin-tools/rmap/region_index.h"

namespace thin_tools {

class leaf_run {
 public:
  leaf_run() = default;
  leaf_run(pdata::data_block data_begin, std::uint64_t length, pdata::thin_block thin_begin,
           pdata::owner_set_id owners)
      : place_(data_begin << length_bits | length), thin_begin_(thin_begin), owners_(owners) {}

  // Orders runs by data block, then by length.
  std::uint64_t place() const { return place_; }
  pdata::data_block data_begin() const { return place_ >> length_bits; }
  std::uint64_t length() const { return place_ & ((std::uint64_t{1} << length_bits) - 1); }
  pdata::thin_block thin_begin() const { return thin_begin_; }
  pdata::owner_set_id owners() const { return owners_; }

 private:
  // A mapped block has 40 bits, and a leaf far fewer than 2^24 entries.
  static constexpr int length_bits = 24;

  std::uint64_t place_ = 0;
  pdata::thin_block thin_begin_ = 0;
  pdata::owner_set_id owners_ = pdata::no_owners;
};

// Runs in a third of the memory: each by its distance from the one before.
class packed_runs {
 public:
  void add(const leaf_run& run);
  bool empty() const { return bytes_.empty(); }
  std::vector<leaf_run> unpacked() const;

 private:
  void put(std::uint64_t number);
  void put_distance(std::uint64_t from, std::uint64_t to);

  std::vector<std::uint8_t> bytes_;  // seven bits of a number each, the lowest first
  leaf_run last_;
};

class leaf_runs {
 public:
  explicit leaf_runs(std::size_t nr_parts) : inner_(nr_parts) {}

  void collect(const pdata::owned_leaf& leaf, const region_index& regions);

  const packed_runs& inner(std::size_t part) const { return inner_[part]; }
  // Those that begin or end with their leaf: others may go on there.
  std::span<const leaf_run> edges() const { return edges_; }

 private:
  std::vector<packed_runs> inner_;  // by part
  std::vector<leaf_run> edges_;
};

// The runs of several lists by place.
std::vector<leaf_run> sorted_by_place(std::span<const std::span<const leaf_run>> lists);

}  // namespace thin_tools
