#include "thin-tools/delta/delta.h"

#include <fmt/format.h>

#include <array>
#include <vector>

#include "persistent-data/base/error.h"
#include "persistent-data/btree/pair_walk.h"
#include "persistent-data/stream/mapping_runs.h"
#include "persistent-data/stream/pool_reader.h"
#include "persistent-data/survey/device_names.h"
#include "persistent-data/survey/small_trees.h"

namespace thin_tools {

using namespace pdata;

namespace {

struct runs_of_leaf : leaf_digest {
  explicit runs_of_leaf(const node_view& leaf) {
    thread_local std::vector<mapping_run> found;
    found.clear();
    for_each_run(leaf, [](const mapping_run& run) { found.push_back(run); });
    runs = found;
  }
  std::size_t bytes() const override {
    return sizeof *this + runs.capacity() * sizeof(mapping_run);
  }

  std::vector<mapping_run> runs;
};

metadata_block root_of(const delta_side& side, int number, const top_level& table) {
  if (side.is_root) return side.number;
  const auto found = table.roots.find(side.number);
  if (found == table.roots.end())
    throw error(fmt::format("Unable to find mapping tree for snap{} ({}): {}", number, side.number,
                            no_such_device(side.number, table.roots)));
  return found->second;
}

// Whose tree a finding is in: where both share it, the left one is named.
std::optional<device_id> device_of(const delta_options& options, std::size_t side) {
  const auto& whose = side == right_tree ? options.right : options.left;
  if (whose.is_root) return std::nullopt;
  return whose.number;
}

delta_header header_of(const pool_layout& layout, const delta_options& options) {
  delta_header header{.superblock = describe_superblock(layout.chosen()),
                      .metadata_snap = std::nullopt,
                      .left = options.left,
                      .right = options.right};
  if (layout.chosen().held_root != 0) header.metadata_snap = layout.chosen().held_root;
  return header;
}

}  // namespace

bool find_delta(batch_reader& reader, const pool_layout& layout, const delta_options& options,
                delta_writer& to, damage_sink& damage_to) {
  top_level table;
  if (!options.left.is_root || !options.right.is_root)
    table = read_top_level(reader, layout, damage_to);
  const std::array roots{root_of(options.left, 1, table), root_of(options.right, 2, table)};
  tree_graph graph(reader, mapping_tree_shape, layout.nr_metadata_blocks);
  if (options.skip_same)
    graph.add_differing(roots);
  else
    graph.add(roots, nullptr);
  tree_judge judge(graph);
  pair_walk walk(graph, judge, roots[0], roots[1],
                 options.skip_same ? nodes_in_both::skip : nodes_in_both::visit);
  leaf_stream stream(reader, mapping_tree_shape, [](block_view, const node_view& leaf) {
    return std::make_unique<runs_of_leaf>(leaf);
  });

  to.begin(header_of(layout, options));
  comparer compare(options.detail, [&](const delta_piece& piece) {
    if (!options.skip_same || piece.kind != difference::same) to.piece(piece);
  });
  const auto visit = [&](const leaf_step& step, const leaf_digest* digest) {
    if (digest == nullptr) {
      damage_to.found(finding_at(step, {.where = structure::mapping_tree,
                                        .in_snapshot = layout.from_snapshot,
                                        .device = device_of(options, step.tag)}));
      return false;
    }
    const auto& runs = static_cast<const runs_of_leaf*>(digest)->runs;
    if (step.tag != right_tree) {
      compare.add_left(runs);
      compare.left_known_to(step.expected.end);
    }
    if (step.tag != left_tree) {
      compare.add_right(runs);
      compare.right_known_to(step.expected.end);
    }
    compare.compare();
    return true;
  };
  if (!stream.run([&] { return walk.next(); }, visit)) return false;
  compare.finish();
  to.end();
  return true;
}

}  // namespace thin_tools
