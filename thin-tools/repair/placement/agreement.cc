#include "thin-tools/repair/placement/agreement.h"

#include <algorithm>
#include <unordered_set>

namespace thin_tools {

using pdata::node_index;

namespace {

constexpr std::size_t subtrees_max = 16;
constexpr std::size_t sources_max = 64;  // of one leaf
constexpr std::uint64_t pieces_max = std::uint64_t{1} << 23;
constexpr std::uint64_t reads_of_block_max = 8;  // on average

bool within(const key_section& part, const key_section& whole) {
  return part.first >= whole.first && part.last <= whole.last;
}

bool overlap(const key_section& a, const key_section& b) {
  return a.first <= b.last && b.first <= a.last;
}

}  // namespace

agreement_maker::agreement_maker(mapping_forest& forest, pdata::block_device& device,
                                 value_filter possible)
    : forest_(forest),
      device_(device),
      possible_(std::move(possible)),
      pieces_left_(pieces_max),
      reads_left_(reads_of_block_max * device.nr_blocks()) {}

const hole_contents& agreement_maker::agreement(const std::vector<node_index>& subtrees,
                                                const key_section& keys) {
  const auto [known, is_new] = known_.try_emplace({subtrees, keys});
  if (is_new && subtrees.size() <= subtrees_max) known->second = compare(subtrees, keys);
  return known->second;
}

void agreement_maker::add_piece(piece_list& to, node_index node, const key_section& keys) {
  pieces_left_ -= std::min<std::uint64_t>(pieces_left_, 1);
  const auto tree = forest_.below(node);
  const piece next{node, {tree.first_key, tree.last_key}};
  if (!tree.empty && overlap(next.keys, keys)) to.push_back(next);
}

// Depth first; the order does not matter. A node is entered once, though only a tree
// without keys could lead to it twice.
agreement_maker::piece_list agreement_maker::list_pieces(node_index subtree,
                                                         const key_section& keys) {
  piece_list list;
  std::vector<node_index> open{subtree};
  std::unordered_set<node_index> entered;
  while (!open.empty() && pieces_left_ != 0) {
    const auto node = open.back();
    open.pop_back();
    const auto tree = forest_.below(node);
    if (!forest_.is_internal(node) || (tree.height == 1 && !tree.damaged)) {
      add_piece(list, node, keys);
    } else if (entered.insert(node).second) {
      pieces_left_ -= std::min<std::uint64_t>(pieces_left_, forest_.graph().node(node).nr_entries);
      forest_.for_each_child(node, [&](node_index child) {
        const auto below = forest_.below(child);
        // Where nodes are damaged the keys that can be read do not tell what grafts hold.
        if (below.damaged || overlap({below.first_key, below.last_key}, keys))
          open.push_back(child);
      });
    }
  }
  return list;
}

// Nothing but leaves that are nodes: those of an agreement are no evidence.
agreement_maker::piece_list agreement_maker::open_up(const piece_list& pieces,
                                                     const key_section& keys) {
  piece_list leaves;
  for (const auto& each : pieces) {
    if (forest_.is_agreed_leaf(each.node)) continue;
    if (forest_.is_internal(each.node))
      forest_.for_each_child(each.node, [&](node_index leaf) { add_piece(leaves, leaf, keys); });
    else
      leaves.push_back(each);
  }
  return leaves;
}

// Moves what is part of all lists, with all its keys in question.
void agreement_maker::take_common(std::vector<piece_list>& lists, const key_section& keys,
                                  hole_contents& to) {
  const auto less = [](const piece& a, const piece& b) { return a.node < b.node; };
  for (auto& list : lists) std::ranges::sort(list, less);
  piece_list common;
  for (const auto& each : lists.front())
    if (within(each.keys, keys)) common.push_back(each);
  for (const auto& list : lists)
    std::erase_if(common,
                  [&](const piece& each) { return !std::ranges::binary_search(list, each, less); });
  for (const auto& each : common)
    to.push_back({each.keys.first, each.keys.last, graft{each.node, true}});
  for (auto& list : lists)
    std::erase_if(
        list, [&](const piece& each) { return std::ranges::binary_search(common, each, less); });
}

std::optional<agreed_part> agreement_maker::agree_on_leaf(const piece& offered,
                                                          std::size_t offering,
                                                          const std::vector<piece_list>& lists,
                                                          const key_section& keys) {
  const auto& graph = forest_.graph();
  agreed_part leaf{.sources = {graph.node(offered.node).location},
                   .nr_subtrees = static_cast<std::uint32_t>(lists.size()),
                   .first_key = std::max(offered.keys.first, keys.first),
                   .last_key = std::min(offered.keys.last, keys.last)};
  for (std::size_t i = 0; i < lists.size(); ++i) {
    if (i == offering) continue;
    const auto after = std::ranges::upper_bound(lists[i], leaf.last_key, {},
                                                [](const auto& each) { return each.keys.first; });
    const auto nr_before = leaf.sources.size();
    for (auto at = after; at != lists[i].begin() && std::prev(at)->keys.last >= leaf.first_key;
         --at) {
      leaf.sources.push_back(graph.node(std::prev(at)->node).location);
      if (leaf.sources.size() > sources_max) return std::nullopt;
    }
    if (leaf.sources.size() == nr_before) return std::nullopt;
  }
  if (leaf.sources.size() > reads_left_) return std::nullopt;
  reads_left_ -= leaf.sources.size();
  const auto entries = put_together(device_, leaf, possible_);
  if (entries.empty()) return std::nullopt;
  leaf.first_key = entries.key(0);
  leaf.last_key = entries.key(entries.size() - 1);
  leaf.nr_entries = static_cast<std::uint32_t>(entries.size());
  return leaf;
}

// The subtree with the fewest leaves offers them one by one.
void agreement_maker::agree_on_rest(std::vector<piece_list>& lists, const key_section& keys,
                                    hole_contents& to) {
  for (auto& list : lists)
    std::ranges::sort(list, {}, [](const auto& each) { return each.keys.first; });
  const auto offering = static_cast<std::size_t>(
      std::ranges::min_element(lists, {}, &piece_list::size) - lists.begin());
  for (const auto& offered : lists[offering])
    if (auto agreed = agree_on_leaf(offered, offering, lists, keys))
      to.push_back({agreed->first_key, agreed->last_key, std::move(*agreed)});
}

hole_contents agreement_maker::compare(const std::vector<node_index>& subtrees,
                                       const key_section& keys) {
  hole_contents agreed;
  std::vector<piece_list> lists;
  for (const auto subtree : subtrees) {
    if (pieces_left_ == 0) return agreed;
    lists.push_back(list_pieces(subtree, keys));
  }
  take_common(lists, keys, agreed);
  for (auto& list : lists) list = open_up(list, keys);
  take_common(lists, keys, agreed);
  agree_on_rest(lists, keys, agreed);
  return agreed;
}

}  // namespace thin_tools
