#include "persistent-data/btree/leaf_stream.h"

#include <algorithm>

#include "persistent-data/base/parallel.h"
#include "persistent-data/base/require.h"
#include "persistent-data/format/damage_catalogue.h"

namespace pdata {

namespace {

// Of two batches the digests are in memory: text of some 18 KiB for a scattered leaf.
constexpr std::size_t batch_steps = 64;

// What the parent expects of a leaf.
std::optional<node_fault> judge_place(const leaf_digest& leaf, const key_range& expected) {
  if (leaf.nr_entries == 0) return std::nullopt;
  if (leaf.first_key < expected.begin)
    return node_fault{damage_id::node_keys_below_parent, expected.begin, leaf.first_key};
  if (expected.end && leaf.last_key >= *expected.end)
    return node_fault{damage_id::node_keys_above_parent, *expected.end, leaf.last_key};
  return std::nullopt;
}

}  // namespace

leaf_stream::outcome leaf_stream::make_digest(const read_block& block) const {
  const auto examined = tree_graph::examine(block, shape_);
  if (const auto* why = std::get_if<node_fault>(&examined)) return {nullptr, *why};
  const auto& node = std::get<node_view>(examined);
  if (!node.is_leaf()) return {nullptr, node_fault{damage_id::node_depth, 0, 1}};
  auto made = digest_(block.bytes, node);
  made->nr_entries = node.nr_entries();
  made->first_key = node.empty() ? 0 : node.first_key();
  made->last_key = node.empty() ? 0 : node.last_key();
  return {std::move(made), std::nullopt};
}

// Uses up one visit of a shared leaf; true if its outcome was kept.
bool leaf_stream::take_kept(planned_step& planned) {
  const auto& step = planned.step;
  if (step.nr_visits <= 1) return false;
  const auto [at, first] = shared_.try_emplace(step.location, shared_leaf{{}, step.nr_visits});
  shared_leaf& leaf = at->second;
  planned.result = leaf.kept;
  if (--leaf.nr_visits_left == 0) {
    if (leaf.kept.digest) room_ += leaf.kept.digest->bytes();
    shared_.erase(at);
  }
  return planned.result.digest || planned.result.fault;
}

void leaf_stream::keep(metadata_block location, const outcome& result) {
  const auto at = shared_.find(location);
  if (at == shared_.end() || at->second.kept.digest || at->second.kept.fault) return;
  const std::size_t bytes = result.digest ? result.digest->bytes() : 0;
  if (bytes > room_) return;
  room_ -= bytes;
  at->second.kept = result;
}

void leaf_stream::read_leaves(batch& steps) {
  std::vector<std::pair<metadata_block, std::size_t>> wanted;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto& step = steps[i].step;
    if (!step.fault && !step.whole && !take_kept(steps[i])) wanted.emplace_back(step.location, i);
  }
  std::ranges::sort(wanted);
  std::vector<metadata_block> locations;
  for (const auto& [location, i] : wanted)
    if (locations.empty() || locations.back() != location) locations.push_back(location);
  std::vector<outcome> results(locations.size());
  reader_.read(locations,
               [&](const read_block& block) { results[block.index] = make_digest(block); });
  std::size_t at = 0;
  for (const auto& [location, i] : wanted) {
    if (locations[at] != location) ++at;
    steps[i].result = results[at];
    keep(location, results[at]);
  }
}

leaf_stream::batch leaf_stream::read_batch(const source& next_step) {
  batch steps;
  while (steps.size() < batch_steps) {
    auto step = next_step();
    if (!step) break;
    steps.push_back({std::move(*step), {}});
  }
  read_leaves(steps);
  for (auto& [step, result] : steps) {
    if (!step.fault) step.fault = result.fault;
    if (result.digest && !step.fault) step.fault = judge_place(*result.digest, step.expected);
  }
  return steps;
}

bool leaf_stream::run(const source& next_step, const visitor& visit) {
  work_crew visitor_and_reader(2);
  batch current = read_batch(next_step);
  while (!current.empty()) {
    const std::size_t nr_turns = current.size() < batch_steps ? 1 : 2;
    batch ahead;
    bool ended = false;
    const auto take_turn = [&](unsigned, std::size_t turn) {
      if (turn == 1) {
        ahead = read_batch(next_step);
        return;
      }
      for (const auto& [step, result] : current) {
        ended = !visit(step, step.fault ? nullptr : result.digest.get());
        if (ended) return;
      }
    };
    visitor_and_reader.run(nr_turns, take_turn, work_crew::help::at_once);
    if (ended) return false;
    current = std::move(ahead);
  }
  return true;
}

namespace {

struct copied_leaf : leaf_digest {
  explicit copied_leaf(block_view from) {
    std::ranges::copy(from, block.bytes.begin());
    node = std::get<node_view>(node_view::parse(block.view()));
  }
  std::size_t bytes() const override { return sizeof *this; }

  block_buffer block;
  node_view node;
};

}  // namespace

void for_each_entry(batch_reader& reader, const tree_graph& graph, tree_judge& judge,
                    metadata_block root, const damage& model, damage_sink& sink,
                    const std::function<void(std::uint64_t, std::span<const std::byte>)>& visit) {
  leaf_walk walk(graph, judge, root, {});
  leaf_stream stream(reader, graph.shape(), [](block_view bytes, const node_view&) {
    return std::make_unique<copied_leaf>(bytes);
  });
  const bool ended = stream.run([&] { return walk.next(); },
                                [&](const leaf_step& step, const leaf_digest* digest) {
                                  if (digest == nullptr) {
                                    sink.found(finding_at(step, model));
                                    return true;
                                  }
                                  const auto& node = static_cast<const copied_leaf*>(digest)->node;
                                  for (std::uint32_t i = 0; i < node.nr_entries(); ++i)
                                    visit(node.key(i), node.value(i));
                                  return true;
                                });
  REQUIRE(ended);  // no entry ends it
}

void for_each_entry(batch_reader& reader, tree_shape shape, metadata_block root,
                    metadata_block nr_blocks, which_metadata view, damage_sink& sink,
                    const std::function<void(std::uint64_t, std::span<const std::byte>)>& visit) {
  tree_graph graph(reader, shape, nr_blocks);
  graph.add({&root, 1}, nullptr);
  tree_judge judge(graph);
  for_each_entry(reader, graph, judge, root,
                 {.where = shape.what, .in_snapshot = view == which_metadata::snapshot}, sink,
                 visit);
}

}  // namespace pdata
