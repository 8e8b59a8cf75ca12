// The mappings of a part of a device in sums that can be joined: of leaves, then of the nodes
// above them, each once however many devices share it, at last of whole devices.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "persistent-data/format/btree_node.h"
#include "thin-tools/page/run_bucket.h"
#include "thin-tools/report/pool_picture.h"

namespace thin_tools::report {

// A run may go on in the neighbouring parts, so the first and the last are kept apart.
struct leaf_stretch {
  static constexpr std::size_t buckets = 8;  // a leaf has fewer than 2^8 entries
  struct small_bucket {
    std::uint8_t runs = 0;
    std::uint8_t blocks = 0;
  };

  pdata::data_block first_data = 0;
  pdata::data_block last_data = 0;
  std::uint32_t oldest = 0;
  std::uint32_t newest = 0;
  std::uint16_t first_run = 0;  // its length
  std::uint16_t last_run = 0;   // likewise; that of the first where there is one run
  std::uint16_t nr_runs = 0;
  std::uint16_t adjacent_pairs = 0;
  std::uint16_t sequential_pairs = 0;
  std::uint16_t longest_inner = 0;
  std::array<small_bucket, buckets> inner = {};

  static leaf_stretch of(const pdata::node_view& leaf);
};

class stretch {
 public:
  stretch() = default;  // nothing
  stretch(const leaf_stretch& leaf, pdata::thin_block first, pdata::thin_block last,
          std::uint32_t nr_entries);

  // What follows in key order. Numbers do not exceed their type, whatever is joined.
  void append(const stretch& next);

  std::uint64_t mapped() const { return mapped_; }
  std::uint32_t oldest() const { return oldest_; }
  std::uint32_t newest() const { return newest_; }
  pdata::thin_block last_key() const { return last_key_; }
  std::uint64_t leaves() const { return leaves_; }
  std::uint64_t internal_nodes() const { return internal_nodes_; }
  void count_internal_node();

  layout_facts layout() const;

 private:
  std::uint64_t mapped_ = 0;
  std::uint64_t leaves_ = 0;
  std::uint64_t internal_nodes_ = 0;
  pdata::thin_block first_key_ = 0;
  pdata::thin_block last_key_ = 0;
  pdata::data_block first_data_ = 0;
  pdata::data_block last_data_ = 0;
  std::uint64_t first_run_ = 0;
  std::uint64_t last_run_ = 0;
  std::uint64_t nr_runs_ = 0;
  std::uint32_t oldest_ = 0;
  std::uint32_t newest_ = 0;
  layout_facts inner_;  // the runs between first and last; all pairs
};

}  // namespace thin_tools::report
