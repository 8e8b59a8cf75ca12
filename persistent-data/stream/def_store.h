// The defs of a stream while its devices are built. Their mappings are put
// aside; a leaf of a def is written when the first device refers to it, so
// mappings that turn out to be copied or not to be used cost nothing.
#pragma once

#include <string>
#include <unordered_map>

#include "persistent-data/btree/tree_builder.h"
#include "persistent-data/format/btree_node.h"
#include "persistent-data/io/spool_file.h"

namespace pdata {

class def_store : public leaf_source {
 public:
  explicit def_store(tree_builder::leaf_writer write_leaf) : write_leaf_(std::move(write_leaf)) {}

  void begin(const std::string& name);
  void add(std::uint64_t key, std::uint64_t value);
  void end();
  bool empty() const { return defs_.empty(); }

  // Adds a def's leaves to a tree. Throws if there is no such def.
  void add_to(tree_builder& tree, const std::string& name);

  metadata_block place(std::size_t leaf) override;
  entry_list read(std::size_t leaf) override;

 private:
  struct def {
    std::size_t first_leaf;
    std::size_t nr_leaves;
  };
  struct leaf {
    std::uint64_t first_key;
    metadata_block location;  // 0: not written yet
    std::uint64_t entries_at;
    std::uint32_t nr_entries;
  };

  void cut_leaf(std::size_t count);

  tree_builder::leaf_writer write_leaf_;
  spool_file spool_;
  std::unordered_map<std::string, def> defs_;
  std::vector<leaf> leaves_;
  entry_list pending_{child_value_bytes};
  std::string open_;
  std::size_t first_of_open_ = 0;
};

}  // namespace pdata
