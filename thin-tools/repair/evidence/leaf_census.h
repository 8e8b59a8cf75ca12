// What the leaves of mapping trees hold, added up by several threads while they
// are read: references to data blocks, times, and mappings that cannot be true.
#pragma once

#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "persistent-data/btree/entry_list.h"
#include "persistent-data/btree/tree_graph.h"
#include "persistent-data/space-map/ref_counts.h"

namespace thin_tools {

class leaf_census {
 public:
  // Mappings to data blocks from `nr_data_blocks` on cannot be true.
  leaf_census(std::uint64_t nr_data_blocks, unsigned nr_workers)
      : nr_data_blocks_(nr_data_blocks), counts_(nr_data_blocks), workers_(nr_workers) {}

  void count(unsigned worker, pdata::metadata_block location, const pdata::node_view& leaf);
  // A leaf of possible mappings that is no node yet; while none is being read.
  void count(const pdata::entry_list& leaf);

  pdata::ref_counts& counts() { return counts_; }
  const pdata::ref_counts& counts() const { return counts_; }
  std::uint64_t nr_data_blocks() const { return nr_data_blocks_; }
  std::uint64_t highest_end() const;  // one above the highest data block that is mapped
  std::uint32_t newest_time() const;
  // How many mappings of a leaf are impossible.
  std::uint32_t nr_impossible(pdata::metadata_block leaf) const;
  bool all_possible() const { return impossible_.empty(); }
  bool possible(std::uint64_t value) const;
  // Of a leaf: what is kept of it.
  pdata::entry_list possible_entries(const pdata::node_view& leaf) const;

 private:
  struct alignas(64) extremes {
    std::uint64_t end = 0;
    std::uint32_t time = 0;
  };

  void add(unsigned worker, std::uint64_t value);

  std::uint64_t nr_data_blocks_;
  pdata::ref_counts counts_;
  std::vector<extremes> workers_;
  std::mutex mutex_;
  std::unordered_map<pdata::metadata_block, std::uint32_t> impossible_;
};

}  // namespace thin_tools
