#include "thin-tools/repair/placement/agreement.h"

#include <algorithm>
#include <iterator>
#include <unordered_set>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/format/btree_node.h"

namespace thin_tools {

namespace {

constexpr std::uint64_t max_entries = pdata::max_node_entries(pdata::child_value_bytes);
constexpr std::uint64_t min_entries = max_entries / 3;

using part_list = std::vector<agreed_part>;

std::uint64_t nr_entries(const part_list& parts) {
  std::uint64_t sum = 0;
  for (const auto& part : parts) sum += part.nr_entries;
  return sum;
}

class packer {
 public:
  packer(mapping_forest& forest, pdata::block_device& device, hole_contents contents,
         const value_filter& possible)
      : forest_(forest), device_(device), left_(std::move(contents)), possible_(possible) {
    std::ranges::sort(left_, {}, &hole_content::first_key);
    std::optional<std::uint64_t> last_key;
    std::erase_if(left_, [&](const hole_content& next) {
      const bool overlaps = last_key && next.first_key <= *last_key;
      if (!overlaps) last_key = next.last_key;
      return overlaps;
    });
    std::ranges::reverse(left_);  // the next one is the last one
  }

  std::vector<graft> run() {
    while (!left_.empty()) {
      auto next = std::move(left_.back());
      left_.pop_back();
      if (const auto* subtree = std::get_if<graft>(&next.what))
        add_subtree(*subtree);
      else
        add_part(std::get<agreed_part>(std::move(next.what)));
    }
    finish();
    return std::move(made_);
  }

 private:
  void add_part(agreed_part part) {
    if (nr_entries(open_) >= min_entries) close();
    open_.push_back(std::move(part));
  }
  void add_subtree(const graft& subtree);
  void finish();
  void close();
  bool join_last();
  std::optional<hole_contents> open_up(const graft& subtree) const;
  void add_leaf(const part_list& parts, std::uint64_t first, std::uint64_t last);

  mapping_forest& forest_;
  pdata::block_device& device_;
  hole_contents left_;
  const value_filter& possible_;
  std::vector<graft> made_;
  part_list open_;  // of a leaf that is not made yet
};

// The children of a node, or the parts of a leaf; nothing of what has holes itself.
std::optional<hole_contents> packer::open_up(const graft& subtree) const {
  hole_contents inside;
  if (forest_.is_agreed_leaf(subtree.node)) {
    for (const auto& part : forest_.agreed(subtree.node).parts)
      inside.push_back({part.first_key, part.last_key, part});
    return inside;
  }
  const auto tree = forest_.below(subtree.node);
  if (tree.damaged || tree.empty) return std::nullopt;
  const auto& graph = forest_.graph();
  const auto& node = graph.node(subtree.node);
  if (node.state == pdata::node_state::leaf) {
    agreed_part part{.sources = {node.location},
                     .nr_subtrees = 1,
                     .first_key = node.first_key,
                     .last_key = node.last_key};
    part.nr_entries = static_cast<std::uint32_t>(put_together(device_, part, possible_).size());
    if (part.nr_entries != 0) inside.push_back({part.first_key, part.last_key, std::move(part)});
    return inside;
  }
  for (std::uint32_t slot = 0; slot < node.nr_entries; ++slot) {
    const auto child = *graph.find(graph.child(node, slot));
    const auto below = forest_.below(child);
    if (!below.empty)
      inside.push_back({below.first_key, below.last_key, graft{child, subtree.by_agreement}});
  }
  return inside;
}

// Cuts the open parts into leaves of equal size.
void packer::close() {
  const auto count = nr_entries(open_);
  if (count <= max_entries) {
    add_leaf(open_, open_.front().first_key, open_.back().last_key);
  } else {
    const auto nr_leaves = pdata::div_up(count, max_entries);
    pdata::entry_list all(pdata::child_value_bytes);
    for (const auto& part : open_) {
      const auto entries = put_together(device_, part, possible_);
      for (std::size_t i = 0; i < entries.size(); ++i) all.add(entries.key(i), entries.value(i));
    }
    for (std::uint64_t i = 0; i < nr_leaves; ++i)
      add_leaf(open_, all.key(pdata::to_size(i * all.size() / nr_leaves)),
               all.key(pdata::to_size((i + 1) * all.size() / nr_leaves - 1)));
  }
  open_.clear();
}

void packer::add_leaf(const part_list& parts, std::uint64_t first, std::uint64_t last) {
  agreed_leaf leaf;
  for (auto part : parts) {
    if (part.last_key < first || part.first_key > last) continue;
    if (part.first_key < first || part.last_key > last) {
      part.first_key = std::max(part.first_key, first);
      part.last_key = std::min(part.last_key, last);
      const auto entries = put_together(device_, part, possible_);
      if (entries.empty()) continue;
      part.first_key = entries.key(0);
      part.last_key = entries.key(entries.size() - 1);
      part.nr_entries = static_cast<std::uint32_t>(entries.size());
    }
    leaf.nr_entries += part.nr_entries;
    leaf.parts.push_back(std::move(part));
  }
  made_.push_back({forest_.add_agreed_leaf(leaf), true});
}

// Gives the open parts, too few for a leaf, what stands before them.
bool packer::join_last() {
  while (!made_.empty()) {
    const auto inside = open_up(made_.back());
    if (!inside) return false;
    made_.pop_back();
    part_list parts;
    for (const auto& each : *inside) {
      if (const auto* subtree = std::get_if<graft>(&each.what))
        made_.push_back(*subtree);
      else
        parts.push_back(std::get<agreed_part>(each.what));
    }
    if (parts.empty()) continue;
    open_.insert(open_.begin(), parts.begin(), parts.end());
    return true;
  }
  return false;
}

void packer::add_subtree(const graft& subtree) {
  if (open_.empty() || nr_entries(open_) >= min_entries) {
    if (!open_.empty()) close();
    made_.push_back(subtree);
    return;
  }
  if (join_last()) {
    close();
    made_.push_back(subtree);
    return;
  }
  // Nothing stands before: the first leaf of what follows.
  auto inside = open_up(subtree);
  if (!inside) {
    close();
    made_.push_back(subtree);
    return;
  }
  std::ranges::sort(*inside, std::greater{}, &hole_content::first_key);
  std::ranges::move(*inside, std::back_inserter(left_));
}

void packer::finish() {
  if (open_.empty()) return;
  if (nr_entries(open_) < min_entries) join_last();
  close();
}

}  // namespace

std::vector<graft> make_grafts(mapping_forest& forest, pdata::block_device& device,
                               hole_contents contents, const value_filter& possible) {
  return packer(forest, device, std::move(contents), possible).run();
}

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
