// Which leaf came after a leaf, in the last tree that has it, and so where a tree
// that resembles that one does well to end its leaves: trees whose leaves end at
// the same keys have the same leaves wherever they have the same entries.
#pragma once

#include <optional>
#include <vector>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/ids.h"

namespace pdata {

class leaf_chain {
 public:
  void add(metadata_block leaf, std::uint64_t first_key) { at(leaf).first_key = first_key; }
  void link(metadata_block leaf, metadata_block next) { at(leaf).next = next; }

  std::optional<metadata_block> next(metadata_block leaf) const {
    if (leaf >= links_.size() || links_[to_size(leaf)].next == 0) return std::nullopt;
    return links_[to_size(leaf)].next;
  }
  // Of the next leaf; none after the last one of a tree.
  std::optional<std::uint64_t> end_key(metadata_block leaf) const {
    const auto after = next(leaf);
    return after ? std::optional(links_[to_size(*after)].first_key) : std::nullopt;
  }

 private:
  struct entry {
    std::uint64_t first_key = 0;
    metadata_block next = 0;
  };
  entry& at(metadata_block leaf) {
    if (leaf >= links_.size()) links_.resize(to_size(leaf + 1));
    return links_[to_size(leaf)];
  }

  std::vector<entry> links_;  // by location
};

}  // namespace pdata
