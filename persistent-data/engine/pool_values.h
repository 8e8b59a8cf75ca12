// What the pool's trees do about their values (Linux 6.1 dm-thin-metadata.c,
// __setup_btree_details).
#pragma once

#include "persistent-data/transaction/space_map.h"
#include "persistent-data/transaction/tree.h"
#include "persistent-data/transaction/value_type.h"

namespace pdata {

// Mappings: each refers to a data block; the time does not matter.
class mapping_values : public value_type {
 public:
  explicit mapping_values(space_map& data_map) : value_type(8), map_(&data_map) {}
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
  explicit subtree_values(const tree_type& subtree) : value_type(8), subtree_(subtree) {}
  void inc(std::span<const std::byte> values) const override;
  void dec(std::span<const std::byte> values) const override;
  bool equal(std::span<const std::byte> a, std::span<const std::byte> b) const override;

 private:
  tree_type subtree_;
};

}  // namespace pdata
