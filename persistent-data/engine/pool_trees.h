// The trees and space maps of a pool's open transaction, and what the trees do about
// their values (Linux 6.1 dm-thin-metadata.c, __setup_btree_details).
#pragma once

#include <optional>

#include "persistent-data/base/ids.h"
#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/device_details.h"
#include "persistent-data/format/mapping_value.h"
#include "persistent-data/transaction/data_space_map.h"
#include "persistent-data/transaction/metadata_space_map.h"
#include "persistent-data/transaction/space_map.h"
#include "persistent-data/transaction/transaction_manager.h"
#include "persistent-data/transaction/tree.h"
#include "persistent-data/transaction/value_type.h"

namespace pdata {

// Mappings: each refers to a data block; the time does not matter.
class mapping_values : public value_type {
 public:
  explicit mapping_values(space_map& data_map) : value_type(mapping_value_bytes), map_(&data_map) {}
  void inc(std::span<const std::byte> values) const override;
  void dec(std::span<const std::byte> values) const override;
  bool equal(std::span<const std::byte> a, std::span<const std::byte> b) const override;

 private:
  space_map* map_;
};

// Roots of device trees, where whole devices come and go: the last reference
// takes the tree with it.
class subtree_values : public value_type {
 public:
  explicit subtree_values(const tree_type& subtree)
      : value_type(child_value_bytes), subtree_(subtree) {}
  void inc(std::span<const std::byte> values) const override;
  void dec(std::span<const std::byte> values) const override;
  bool equal(std::span<const std::byte> a, std::span<const std::byte> b) const override;

 private:
  tree_type subtree_;
};

// What an abort throws away and builds anew from the superblock: transaction
// manager, space maps, trees.
struct pool_transaction {
  explicit pool_transaction(block_cache& cache) : manager(cache) { manager.attach(metadata_map); }
  pool_transaction(const pool_transaction&) = delete;
  pool_transaction& operator=(const pool_transaction&) = delete;

  transaction_manager manager;
  metadata_space_map metadata_map{manager};
  data_space_map data_map{manager};

  mapping_values mappings{data_map};
  value_type details_values{device_details::bytes};
  tree_type details{&manager, 1, &details_values};
  tree_type device_tree{&manager, 1, &mappings};   // one device's mappings
  tree_type mapping_tree{&manager, 2, &mappings};  // device, virtual block: mapping
  subtree_values device_roots{device_tree};
  tree_type device_level{&manager, 1, &device_roots};  // the upper level alone

  metadata_block mapping_root = 0;
  metadata_block details_root = 0;

  // What was looked up last, and found or found missing: who defers a request asks again. Until
  // something changes.
  struct lookup {
    device_id device = 0;
    thin_block block = 0;
    std::optional<std::uint64_t> value;
  };
  std::optional<lookup> last_lookup;
};

}  // namespace pdata
