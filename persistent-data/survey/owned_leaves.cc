#include "persistent-data/survey/owned_leaves.h"

#include <algorithm>
#include <ranges>

namespace pdata {

namespace {

std::vector<metadata_block> values_of(const std::map<device_id, metadata_block>& roots) {
  std::vector<metadata_block> values;
  for (const auto& [device, root] : roots) values.push_back(root);
  return values;
}

std::vector<device_id> keys_of(const std::map<device_id, metadata_block>& roots) {
  std::vector<device_id> keys;
  for (const auto& [device, root] : roots) keys.push_back(device);
  return keys;
}

// Where every device shares a damaged node, each has a finding for it: enough are
// passed on, and a bound for time.
struct counting_sink : damage_sink {
  static constexpr std::size_t enough = 10000;

  explicit counting_sink(damage_sink& to) : passed_to(to) {}
  void found(const damage& finding) override {
    ++nr_found;
    passed_to.found(finding);
  }

  damage_sink& passed_to;
  std::size_t nr_found = 0;
};

}  // namespace

owned_leaves::internal_nodes::internal_nodes(batch_reader& reader, const pool_layout& layout,
                                             std::span<const metadata_block> roots)
    : graph(reader, mapping_tree_shape, layout.nr_metadata_blocks), judge(graph) {
  graph.add(roots, nullptr);
}

owned_leaves::owned_leaves(batch_reader& reader, const pool_layout& layout,
                           const std::map<device_id, metadata_block>& roots)
    : view_(layout.view()),
      devices_(keys_of(roots)),
      roots_(values_of(roots)),
      internal_(reader, layout, roots_),
      sharing_(internal_.graph, internal_.judge, roots_) {}

bool owned_leaves::read_leaves(const std::function<void(const owned_leaf&)>& visit,
                               damage_sink& sink) {
  internal_.graph.read_leaves([&](const visited_leaf& leaf) {
    const auto owners = sharing_.owners_of(leaf.index);
    if (owners != no_owners) visit({leaf.worker, owners, leaf.node});
  });
  tree_judge judge(internal_.graph);  // after the leaves were read
  counting_sink counted(sink);
  bool good = true;
  for (std::size_t owner = 0; owner < roots_.size(); ++owner) {
    const bool silent = counted.nr_found >= counting_sink::enough;
    const auto outcome = silent ? judge.verdict(roots_[owner])
                                : judge.judge(roots_[owner], devices_[owner], view_, counted);
    good &= !outcome.damaged;
  }
  return good;
}

std::vector<std::optional<thin_block>> owned_leaves::highest_mapped() const {
  const tree_graph& graph = internal_.graph;
  std::vector<std::optional<thin_block>> below(graph.nr_nodes());
  for (node_index index = 0; index < graph.nr_nodes(); ++index) {
    const graph_node& node = graph.node(index);
    if (node.state == node_state::leaf && node.nr_entries != 0) below[index] = node.last_key;
  }
  for (const auto index : std::views::reverse(sharing_.parents_first())) {
    const graph_node& node = graph.node(index);
    for (std::uint32_t slot = 0; slot < node.nr_entries; ++slot)
      if (const auto child = graph.find(graph.child(node, slot)))
        below[index] = std::max(below[index], below[*child]);
  }
  std::vector<std::optional<thin_block>> highest;
  for (const auto root : roots_) {
    const auto index = graph.find(root);
    highest.push_back(index ? below[*index] : std::nullopt);
  }
  return highest;
}

}  // namespace pdata
