// What is referred to, and how often: metadata blocks by the nodes that a space map calls
// live, data blocks by the leaves of mapping trees.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/btree/entry_list.h"
#include "persistent-data/btree/tree_graph.h"
#include "persistent-data/format/mapping_value.h"
#include "persistent-data/space-map/ref_counts.h"
#include "persistent-data/space-map/region_buffers.h"
#include "persistent-data/survey/device_scan.h"
#include "persistent-data/survey/stored_counts.h"
#include "thin-tools/repair/pool_view.h"
#include "thin-tools/repair/scan/device_scan.h"

namespace thin_tools {

// How many references the nodes that a space map calls live make to each block,
// held against the counts of that map. What is counted more often than it is
// referenced was referenced by a node that is damaged now.

class reference_census {
 public:
  // Counts the children of every live internal node. Leaves of top level trees
  // and the roots in superblocks are added by the caller.
  reference_census(const pdata::block_scan& scan, const node_children& children,
                   const pdata::stored_counts& counts);

  void add(pdata::metadata_block block) {
    if (block < refs_.size()) ++refs_[pdata::to_size(block)];
  }
  std::uint32_t refs(pdata::metadata_block block) const { return refs_[pdata::to_size(block)]; }

  // References that nobody makes any more; 0 where the count is not known.
  std::uint32_t missing(pdata::metadata_block block) const;

  // Nodes that are referenced more often than they are counted. 0 in a state
  // that belongs together, whatever is damaged.
  std::uint64_t contradictions() const;

 private:
  const pdata::stored_counts& counts_;
  std::vector<std::uint32_t> refs_;
};

// What the leaves of mapping trees hold, added up by several threads while they
// are read: references to data blocks, times, and mappings that cannot be true.

class leaf_census {
 public:
  // Mappings to data blocks from `nr_data_blocks` on cannot be true.
  leaf_census(std::uint64_t nr_data_blocks, unsigned nr_workers)
      : nr_data_blocks_(nr_data_blocks), counts_(nr_data_blocks), workers_(nr_workers) {}

  // Each worker is one thread. What it counts is put aside at first: counts() has it after
  // finish(), when none of them counts any more.
  void count(unsigned worker, pdata::metadata_block location, const pdata::node_view& leaf);
  void finish();
  // These leaves, as far as they can be read.
  void count(pdata::batch_reader& reader, std::span<const pdata::metadata_block> leaves);
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
  // Of its mappings, of which there are any, none can be true.
  bool is_emptied(pdata::metadata_block leaf, std::uint32_t nr_entries) const {
    return nr_entries != 0 && nr_impossible(leaf) == nr_entries;
  }
  // No mapping to this data block can be true; before anything is counted.
  void refuse(pdata::data_block block) { refused_.insert(block); }
  // And what is impossible of leaves that are not counted again.
  void refuse_as(const leaf_census& other) {
    refused_ = other.refused_;
    latest_ = other.latest_;
    impossible_ = other.impossible_;
  }
  // Mappings with later times are counted apart, or are not taken for true.
  void expect_times_to(std::uint32_t latest) { expected_latest_ = latest; }
  void refuse_times_after(std::uint32_t latest) { latest_ = latest; }
  std::uint64_t nr_later() const;
  std::uint64_t nr_mappings() const;
  bool possible(std::uint64_t value) const;
  // Of a leaf: what is kept of it.
  pdata::entry_list possible_entries(const pdata::node_view& leaf) const;

 private:
  using buffers = pdata::region_buffers<std::uint16_t>;
  struct alignas(64) extremes {
    std::unique_ptr<buffers> put_aside;
    std::uint64_t end = 0;
    std::uint32_t time = 0;
    std::uint64_t nr_mappings = 0;
    std::uint64_t nr_later = 0;  // than was expected
  };

  static void see(extremes& seen, const pdata::mapping& mapping, std::uint32_t expected_latest);
  auto counting() {
    return [this](std::uint64_t first, std::span<const std::uint16_t> places) {
      counts_.increment_places(first, places);
    };
  }

  std::uint64_t nr_data_blocks_;
  pdata::ref_counts counts_;
  std::vector<extremes> workers_;
  std::unordered_set<pdata::data_block> refused_;
  std::uint32_t expected_latest_ = UINT32_MAX;
  std::uint32_t latest_ = UINT32_MAX;
  std::mutex mutex_;
  std::unordered_map<pdata::metadata_block, std::uint32_t> impossible_;
};

// The references of all nodes that the state of these roots calls live, of the trees
// that its top level trees name, and of its superblocks.
reference_census take_census(const repair_request& input, const device_scan& device,
                             const chosen_roots& roots);

}  // namespace thin_tools
