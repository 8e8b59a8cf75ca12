#include "persistent-data/btree/leaf_stream.h"

#include <algorithm>
#include <future>
#include <memory>
#include <unordered_set>

#include "persistent-data/damage/damage_catalogue.h"

namespace pdata {

namespace {

constexpr std::size_t batch_leaves = 512;  // two batches of 2 MiB in memory

}  // namespace

struct leaf_stream::waypoint {
  metadata_block location = 0;
  key_range range;
  bool shared = false;
  std::variant<node_view, node_fault> outcome = node_fault{};
  bool is_leaf = false;  // else the outcome is a fault already known
};

struct leaf_stream::batch {
  std::vector<waypoint> steps;
  std::unique_ptr<block_buffer[]> blocks;
};

// Depth first through the internal nodes, in key order.
class leaf_stream::traversal {
 public:
  traversal(const tree_graph& graph, const tree_judge& judge, const key_range& wanted)
      : graph_(graph), judge_(judge), wanted_(wanted) {}

  void start(metadata_block root) {
    const auto index = graph_.find(root);
    if (!index)
      pending_ =
          waypoint{.location = root,
                   .range = wanted_,
                   .outcome = node_fault{damage_id::block_out_of_range, graph_.nr_blocks(), root}};
    else
      enter(*index, {}, false);
  }

  // The next leaf or fault within the wanted range, or none at the end.
  std::optional<waypoint> next() {
    while (!pending_ && !stack_.empty()) advance();
    return std::exchange(pending_, std::nullopt);
  }

 private:
  struct frame {
    node_index index;
    key_range range;
    std::uint32_t next_slot;
    bool shared;
  };

  void advance() {
    auto& top = stack_.back();
    const graph_node& node = graph_.node(top.index);
    if (top.next_slot == node.nr_entries) {
      stack_.pop_back();
      return;
    }
    const auto slot = top.next_slot++;
    const auto range = slot_range(graph_, node, slot, top.range);
    const auto wanted = intersect(range, wanted_);
    if (wanted.empty()) return;
    if (const auto* why = judge_.edge_fault(top.index, slot)) {
      pending_ = waypoint{.location = graph_.child(node, slot), .range = wanted, .outcome = *why};
      return;
    }
    enter(*graph_.find(graph_.child(node, slot)), range, top.shared);
  }

  void enter(node_index index, const key_range& range, bool shared_above) {
    const graph_node& node = graph_.node(index);
    const bool shared = shared_above || node.nr_refs > 1;
    switch (node.state) {
      case node_state::internal:
        // A node without keys below could be met again and again.
        if (entered_.insert(index).second) stack_.push_back({index, range, 0, shared});
        return;
      case node_state::bad:
        pending_ = waypoint{.location = node.location,
                            .range = intersect(range, wanted_),
                            .outcome = graph_.fault(index)};
        return;
      case node_state::unread:
      case node_state::leaf:
        pending_ =
            waypoint{.location = node.location, .range = range, .shared = shared, .is_leaf = true};
    }
  }

  const tree_graph& graph_;
  const tree_judge& judge_;
  key_range wanted_;
  std::vector<frame> stack_;
  std::unordered_set<node_index> entered_;
  std::optional<waypoint> pending_;
};

namespace {

// What the parent expects of a leaf.
std::variant<node_view, node_fault> examine_leaf(block_view bytes, metadata_block location,
                                                 const tree_shape& shape, const key_range& range) {
  auto outcome = tree_graph::examine(bytes, location, shape);
  const auto* node = std::get_if<node_view>(&outcome);
  if (node == nullptr) return outcome;
  if (!node->is_leaf()) return node_fault{damage_id::node_depth, 0, 1};
  if (node->empty()) return outcome;
  if (node->first_key() < range.begin)
    return node_fault{damage_id::node_keys_below_parent, range.begin, node->first_key()};
  if (range.end && node->last_key() >= *range.end)
    return node_fault{damage_id::node_keys_above_parent, *range.end, node->last_key()};
  return outcome;
}

}  // namespace

void leaf_stream::read_batch(batch& to) const {
  std::vector<std::pair<metadata_block, std::size_t>> wanted;
  for (std::size_t i = 0; i < to.steps.size(); ++i)
    if (to.steps[i].is_leaf) wanted.emplace_back(to.steps[i].location, i);
  std::ranges::sort(wanted);
  std::vector<metadata_block> locations;
  for (const auto& [location, i] : wanted)
    if (locations.empty() || locations.back() != location) locations.push_back(location);
  to.blocks = std::make_unique_for_overwrite<block_buffer[]>(to.steps.size());
  reader_.read(locations, [&](const read_block& block) {
    // A hostile tree may name one leaf several times within a batch.
    for (auto [at, end] = std::ranges::equal_range(wanted, block.location, {},
                                                   &std::pair<metadata_block, std::size_t>::first);
         at != end; ++at) {
      auto& step = to.steps[at->second];
      if (!block.outcome.ok()) {
        step.outcome = node_fault{damage_id::block_unreadable, 0,
                                  static_cast<std::uint64_t>(block.outcome.errno_value())};
        continue;
      }
      auto& copy = to.blocks[at->second];
      std::ranges::copy(block.bytes, copy.bytes.begin());
      step.outcome = examine_leaf(copy.view(), step.location, graph_.shape(), step.range);
    }
  });
}

bool leaf_stream::deliver(const batch& from, const damage& model, damage_sink& sink,
                          const visitor& visit_leaf) const {
  for (const auto& step : from.steps) {
    if (const auto* why = std::get_if<node_fault>(&step.outcome)) {
      damage finding = model;
      finding.id = why->id;
      finding.location = step.location;
      finding.lost = step.range;
      finding.expected = why->expected;
      finding.actual = why->actual;
      sink.found(finding);
      continue;
    }
    const auto& node = std::get<node_view>(step.outcome);
    if (!visit_leaf({step.location, step.range, step.shared, node})) return false;
  }
  return true;
}

bool leaf_stream::visit(metadata_block root, const key_range& wanted, const damage& model,
                        damage_sink& sink, const visitor& visit_leaf) {
  if (const auto index = graph_.find(root)) judge_.prepare(*index);
  traversal way(graph_, judge_, wanted);
  way.start(root);
  const auto next_batch = [&] {
    batch filled;
    while (filled.steps.size() < batch_leaves) {
      auto step = way.next();
      if (!step) break;
      filled.steps.push_back(std::move(*step));
    }
    if (!filled.steps.empty()) read_batch(filled);
    return filled;
  };
  batch current = next_batch();
  while (!current.steps.empty()) {
    const bool last = current.steps.size() < batch_leaves;
    std::future<batch> ahead;
    if (!last) ahead = std::async(std::launch::async, next_batch);
    const bool go_on = deliver(current, model, sink, visit_leaf);
    batch next = last ? batch{} : ahead.get();
    if (!go_on) return false;
    current = std::move(next);
  }
  return true;
}

bool for_each_entry(batch_reader& reader, tree_shape shape, metadata_block root,
                    metadata_block nr_blocks, bool in_snapshot, damage_sink& sink,
                    const std::function<void(std::uint64_t, std::span<const std::byte>)>& visit) {
  struct noticing_sink : damage_sink {
    explicit noticing_sink(damage_sink& to) : next(to) {}
    void found(const damage& finding) override {
      clean = false;
      next.found(finding);
    }
    damage_sink& next;
    bool clean = true;
  } noticing(sink);
  tree_graph graph(reader, shape, nr_blocks);
  graph.add({&root, 1}, nullptr);
  tree_judge judge(graph);
  leaf_stream stream(reader, graph, judge);
  const damage model{.where = shape.what, .in_snapshot = in_snapshot};
  stream.visit(root, {}, model, noticing, [&](const streamed_leaf& leaf) {
    for (std::uint32_t i = 0; i < leaf.node.nr_entries(); ++i)
      visit(leaf.node.key(i), leaf.node.value(i));
    return true;
  });
  return noticing.clean;
}

}  // namespace pdata
