#include "persistent-data/survey/small_trees.h"

#include <algorithm>

#include "persistent-data/format/tree_value.h"

namespace pdata {

namespace {

// Notices where the first keys are lost.
struct watching_sink : damage_sink {
  explicit watching_sink(damage_sink& to) : next(to) {}
  void found(const damage& finding) override {
    const auto begin = finding.lost ? finding.lost->begin : 0;
    first_lost = std::min(first_lost.value_or(begin), begin);
    next.found(finding);
  }
  damage_sink& next;
  std::optional<std::uint64_t> first_lost;
};

}  // namespace

details_list read_details(batch_reader& reader, const pool_layout& layout, damage_sink& sink) {
  details_list list;
  list.damaged = !for_each_entry(reader, details_tree_shape, layout.details_root,
                                 layout.nr_metadata_blocks, layout.from_snapshot, sink,
                                 [&](std::uint64_t key, std::span<const std::byte> value) {
                                   list.devices.emplace(key, device_details::load(value));
                                 });
  return list;
}

mapping_root_list read_mapping_roots(batch_reader& reader, const pool_layout& layout,
                                     damage_sink& sink) {
  mapping_root_list list;
  watching_sink watching(sink);
  for_each_entry(reader, top_level_tree_shape, layout.mapping_root, layout.nr_metadata_blocks,
                 layout.from_snapshot, watching,
                 [&](std::uint64_t key, std::span<const std::byte> value) {
                   list.roots.emplace(key, decode_u64(value));
                 });
  list.damaged_from = watching.first_lost;
  return list;
}

}  // namespace pdata
