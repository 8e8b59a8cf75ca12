#include "thin-tools/repair/trees/forest_order.h"

#include <algorithm>
#include <optional>

namespace thin_tools {

using pdata::key_range;
using pdata::metadata_block;
using pdata::node_index;

namespace {

hole describe(mapping_forest& forest, const forest_place& place, const key_range& keys,
              node_index parent) {
  hole found{place.id, keys, place.why};
  const auto above = forest.below(parent);
  if (above.height > 0) found.height = above.height - 1;
  return found;
}

// Depth first with a stack of its own: a tree may be as deep as the device has blocks.
class post_order {
 public:
  post_order(mapping_forest& forest, const std::function<bool(node_index)>& enters)
      : forest_(forest), enters_(enters), state_(forest.nr_nodes(), unseen) {}

  void add(metadata_block root) {
    come_to(forest_.at_root(root));
    while (!stack_.empty()) {
      auto& top = stack_.back();
      if (top.next_slot == 0 && !begin(top)) {
        stack_.pop_back();
      } else if (top.next_slot <= top.nr_slots) {
        const auto index = top.index;
        come_to(forest_.at_slot(index, top.next_slot++ - 1));
      } else {
        state_[top.index] = done;
        found_.nodes.push_back(top.index);
        stack_.pop_back();
      }
    }
  }

  forest_order result() {
    std::ranges::reverse(found_.nodes);
    return std::move(found_);
  }

 private:
  enum progress : std::uint8_t { unseen, in_progress, done };
  struct frame {
    node_index index;
    std::uint32_t nr_slots;
    std::uint32_t next_slot;  // plus one; 0: not yet begun
  };

  // False: it was visited since it was put on the stack.
  bool begin(frame& at) {
    if (state_[at.index] != unseen) return false;
    state_[at.index] = in_progress;
    if (forest_.is_internal(at.index) && enters_(at.index))
      at.nr_slots = forest_.graph().node(at.index).nr_entries;
    at.next_slot = 1;
    return true;
  }

  void come_to(const forest_place& place) {
    forest_.for_each_node_at(place, [&](node_index index) {
      if (state_[index] == in_progress) found_.circular.push_back(place.id);
      if (state_[index] == unseen) stack_.push_back({index, 0, 0});
    });
  }

  mapping_forest& forest_;
  const std::function<bool(node_index)>& enters_;
  std::vector<progress> state_;
  std::vector<frame> stack_;
  forest_order found_;
};

}  // namespace

forest_order parents_first(mapping_forest& forest, std::span<const metadata_block> roots,
                           const std::function<bool(node_index)>& enters) {
  post_order order(forest, enters);
  for (const auto root : roots) order.add(root);
  return order.result();
}

bool has_holes(mapping_forest& forest, node_index good_node) {
  return forest.is_internal(good_node) && forest.below(good_node).damaged;
}

void for_each_hole(mapping_forest& forest, std::span<const metadata_block> roots,
                   const std::function<void(const hole&)>& visit) {
  const auto& graph = forest.graph();
  const auto order =
      parents_first(forest, roots, [&](node_index index) { return has_holes(forest, index); });
  // None: no way has led there yet.
  std::vector<std::optional<key_range>> keys(forest.nr_nodes());
  const auto narrow = [&](const forest_place& place, const key_range& to) {
    forest.for_each_node_at(place, [&](node_index index) {
      keys[index] = keys[index] ? intersect(*keys[index], to) : to;
    });
  };
  for (const auto root : roots) {
    const auto place = forest.at_root(root);
    narrow(place, {});
    if (!place.node) visit({place.id, {}, place.why});
  }
  for (const auto index : order.nodes) {
    if (!has_holes(forest, index)) continue;
    const auto& node = graph.node(index);
    for (std::uint32_t slot = 0; slot < node.nr_entries; ++slot) {
      const auto place = forest.at_slot(index, slot);
      const auto range = slot_range(graph, node, slot, keys[index].value_or(key_range{}));
      narrow(place, range);
      if (!place.node) visit(describe(forest, place, range, index));
    }
  }
}

void list_holes(mapping_forest& forest, metadata_block root, std::uint64_t& nr_looks,
                const std::function<bool(const hole&)>& visit) {
  struct frame {
    node_index index;
    key_range keys;
    std::uint32_t next_slot;
  };
  std::vector<frame> stack;
  const auto enter = [&](const forest_place& place, const key_range& keys) {
    const auto end = stack.size();
    forest.for_each_node_at(place, [&](node_index index) {
      if (has_holes(forest, index)) stack.push_back({index, keys, 0});
    });
    std::reverse(stack.begin() + static_cast<std::ptrdiff_t>(end), stack.end());
  };
  const auto whole_tree = forest.at_root(root);
  if (!whole_tree.node && !visit({whole_tree.id, {}, whole_tree.why})) return;
  enter(whole_tree, {});
  while (!stack.empty()) {
    auto& top = stack.back();
    const auto& node = forest.graph().node(top.index);
    if (top.next_slot == node.nr_entries) {
      stack.pop_back();
      continue;
    }
    if (nr_looks == 0) return;
    --nr_looks;
    const auto index = top.index;
    const auto slot = top.next_slot++;
    const auto range = slot_range(forest.graph(), node, slot, top.keys);
    const auto place = forest.at_slot(index, slot);
    if (!place.node && !visit(describe(forest, place, range, index))) return;
    enter(place, range);
  }
}

}  // namespace thin_tools
