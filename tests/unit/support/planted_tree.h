// Trees made by hand in memory, for tests of what reads trees. The value of a
// key is the key itself.
#pragma once

#include <cstdint>
#include <vector>

#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/checksum.h"
#include "persistent-data/format/node_editor.h"
#include "persistent-data/io/memory_device.h"

namespace test_support {

class planted_tree {
 public:
  explicit planted_tree(pdata::metadata_block nr_blocks) : device_(nr_blocks) {}

  pdata::memory_device& device() { return device_; }

  void leaf(pdata::metadata_block at, const std::vector<std::uint64_t>& keys) {
    node(at, true, keys, keys);
  }

  struct child {
    std::uint64_t key;
    pdata::metadata_block at;
  };
  void internal(pdata::metadata_block at, const std::vector<child>& children) {
    std::vector<std::uint64_t> keys;
    std::vector<std::uint64_t> values;
    for (const auto& [key, block] : children) {
      keys.push_back(key);
      values.push_back(block);
    }
    node(at, false, keys, values);
  }

  void trash(pdata::metadata_block at) { device_.at(at).bytes[1000] ^= std::byte{1}; }

 private:
  void node(pdata::metadata_block at, bool leaf, const std::vector<std::uint64_t>& keys,
            const std::vector<std::uint64_t>& values) {
    device_.at(at) = {};
    auto node = pdata::node_editor::format(
        device_.at(at).span(), leaf ? pdata::node_kind::leaf : pdata::node_kind::internal, 8, 252);
    node.set_nr_entries(static_cast<std::uint32_t>(keys.size()));
    for (std::uint32_t i = 0; i < keys.size(); ++i) {
      node.set_key(i, keys[i]);
      node.set_value_u64(i, values[i]);
    }
    pdata::seal(device_.at(at).span(), pdata::block_kind::btree_node, at);
  }

  pdata::memory_device device_;
};

}  // namespace test_support
