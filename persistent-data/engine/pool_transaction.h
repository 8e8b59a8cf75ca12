// The objects of one pool's open transaction that an abort throws away and
// builds anew from the superblock: transaction manager, space maps, trees.
#pragma once

#include <array>

#include "persistent-data/format/device_details.h"
#include "persistent-data/format/superblock.h"
#include "persistent-data/engine/pool_values.h"
#include "persistent-data/transaction/data_space_map.h"
#include "persistent-data/transaction/metadata_space_map.h"
#include "persistent-data/transaction/transaction_manager.h"

namespace pdata {

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
};

}  // namespace pdata
