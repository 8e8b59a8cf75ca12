#include "persistent-data/survey/small_trees.h"

#include <algorithm>

#include "persistent-data/btree/leaf_stream.h"
#include "persistent-data/format/tree_value.h"

namespace pdata {

namespace {

// Keeps what is found in a small tree with the tree.
struct keeping_sink : damage_sink {
  explicit keeping_sink(small_tree_damage& of) : tree(of) {}
  void found(const damage& finding) override {
    tree.findings.push_back(finding);
    tree.lost.push_back(finding.lost.value_or(key_range{}));
  }
  small_tree_damage& tree;
};

template <class Tree>
Tree reported(Tree tree, damage_sink& sink) {
  tree.report(sink);
  return tree;
}

}  // namespace

std::optional<device_id> small_tree_damage::lost_from() const {
  if (lost.empty()) return std::nullopt;
  return std::ranges::min(lost, {}, &key_range::begin).begin;
}

void small_tree_damage::report(damage_sink& to) const {
  for (const auto& finding : findings) to.found(finding);
}

top_level read_top_level(batch_reader& reader, metadata_block root, metadata_block nr_blocks,
                         which_metadata view) {
  top_level read;
  keeping_sink sink(read);
  for_each_entry(reader, top_level_tree_shape, root, nr_blocks, view, sink,
                 [&](std::uint64_t key, std::span<const std::byte> value) {
                   read.roots.emplace(key, decode_u64(value));
                 });
  return read;
}

details_table read_details(batch_reader& reader, metadata_block root, metadata_block nr_blocks,
                           which_metadata view) {
  details_table read;
  keeping_sink sink(read);
  for_each_entry(reader, details_tree_shape, root, nr_blocks, view, sink,
                 [&](std::uint64_t key, std::span<const std::byte> value) {
                   read.devices.emplace(key, device_details::load(value));
                 });
  return read;
}

top_level read_top_level(batch_reader& reader, const pool_layout& layout, damage_sink& sink) {
  return reported(
      read_top_level(reader, layout.mapping_root, layout.nr_metadata_blocks, layout.view()), sink);
}

details_table read_details(batch_reader& reader, const pool_layout& layout, damage_sink& sink) {
  return reported(
      read_details(reader, layout.details_root, layout.nr_metadata_blocks, layout.view()), sink);
}

}  // namespace pdata
