#include "thin-tools/repair/placement/history_leaves.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <unordered_map>

#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/mapping_value.h"
#include "thin-tools/repair/placement/agreement.h"
#include "thin-tools/repair/trees/forest_order.h"

namespace thin_tools {

using pdata::metadata_block;

namespace {

// Leaves times holes, and blocks with missing references: beyond nothing is added.
constexpr std::uint64_t pairs_max = std::uint64_t{1} << 28;
constexpr std::uint64_t missing_max = std::uint64_t{1} << 26;
constexpr std::uint64_t entries_max = std::uint64_t{1} << 24;

struct open_range {
  hole_id id;
  pdata::key_range keys;
};

struct old_entry {
  std::uint64_t key = 0;
  std::uint64_t value = 0;
  std::uint32_t slot = 0;
};

// What a leaf offers for a hole, in key order.
struct offer {
  metadata_block leaf = 0;
  std::uint64_t first_key = 0;  // of all that it has there
  std::uint64_t last_key = 0;
  std::vector<old_entry> entries;  // that may be true
};

// A stretch of keys that is taken, both ends included.
struct taken_keys {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

bool in(const pdata::key_range& keys, std::uint64_t key) {
  return key >= keys.begin && (!keys.end || key < *keys.end);
}

bool overlaps(const pdata::key_range& keys, const pdata::block_summary& leaf) {
  return leaf.last_key >= keys.begin && (!keys.end || leaf.first_key < *keys.end);
}

class old_leaf_filler {
 public:
  old_leaf_filler(const device_scan& device, const kept_part& kept, mapping_forest& forest)
      : device_(device), kept_(kept), forest_(forest) {}

  std::uint64_t run(std::span<const pdata::count_difference> gaps) {
    if (!note_missing(gaps)) return 0;
    find_holes();
    const auto leaves = candidates();
    if (holes_.empty() || leaves.size() * holes_.size() > pairs_max) return 0;
    read_offers(leaves);
    choose();
    drop_contested();
    return fill();
  }

 private:
  bool note_missing(std::span<const pdata::count_difference> gaps);
  void find_holes();
  std::vector<metadata_block> candidates() const;
  void read_offers(const std::vector<metadata_block>& leaves);
  void choose();
  void drop_contested();
  std::uint64_t fill();
  bool is_missing(std::uint64_t value) const {
    const auto [block, time] = pdata::unpack_mapping(value);
    return time <= kept_.latest_time && kept_.census.possible(value) && missing_.contains(block);
  }

  const device_scan& device_;
  const kept_part& kept_;
  mapping_forest& forest_;
  std::unordered_map<pdata::data_block, std::uint32_t> missing_;  // references
  std::vector<open_range> holes_;
  std::vector<std::vector<offer>> offers_;  // by hole
  std::uint64_t entries_left_ = entries_max;
  std::mutex mutex_;
};

bool old_leaf_filler::note_missing(std::span<const pdata::count_difference> gaps) {
  for (const auto& run : gaps) {
    if (!run.too_high()) continue;
    if (run.end - run.begin > missing_max - missing_.size()) return false;
    for (auto b = run.begin; b < run.end; ++b) missing_[b] = run.stored - run.counted;
  }
  return !missing_.empty();
}

void old_leaf_filler::find_holes() {
  std::map<hole_id, open_range> found;
  for_each_hole(forest_, kept_.roots, [&](const hole& each) {
    const auto [at, is_new] = found.try_emplace(each.id, open_range{each.id, each.keys});
    if (!is_new) at->second.keys = intersect(at->second.keys, each.keys);
  });
  for (const auto& [id, range] : found) holes_.push_back(range);
  offers_.resize(holes_.size());
}

std::vector<metadata_block> old_leaf_filler::candidates() const {
  std::vector<metadata_block> leaves;
  for (metadata_block b = 1; b < device_.scan.nr_blocks(); ++b) {
    const auto& block = device_.scan[b];
    if (!block.is_leaf_of(pdata::mapping_tree_shape) || block.names_blocks || block.nr_entries == 0)
      continue;
    if (std::ranges::binary_search(kept_.leaves, b)) continue;
    leaves.push_back(b);
  }
  return leaves;
}

void old_leaf_filler::read_offers(const std::vector<metadata_block>& leaves) {
  std::vector<metadata_block> wanted;
  for (const auto b : leaves)
    if (std::ranges::any_of(
            holes_, [&](const open_range& hole) { return overlaps(hole.keys, device_.scan[b]); }))
      wanted.push_back(b);
  device_.reader.read(wanted, [&](const pdata::read_block& block) {
    if (!block.outcome.ok()) return;
    const auto outcome = pdata::node_view::parse(block.bytes);
    const auto* leaf = std::get_if<pdata::node_view>(&outcome);
    if (leaf == nullptr || !leaf->is_leaf() ||
        leaf->value_size() != pdata::mapping_tree_shape.value_size)
      return;
    for (std::size_t h = 0; h < holes_.size(); ++h) {
      if (!overlaps(holes_[h].keys, device_.scan[block.location])) continue;
      offer offered{.leaf = block.location};
      std::uint32_t nr_there = 0;
      for (std::uint32_t i = 0; i < leaf->nr_entries(); ++i) {
        const auto key = leaf->key(i);
        if (!in(holes_[h].keys, key)) continue;
        if (nr_there++ == 0) offered.first_key = key;
        offered.last_key = key;
        if (is_missing(leaf->value_u64(i))) offered.entries.push_back({key, leaf->value_u64(i), i});
      }
      if (offered.entries.empty() || offered.entries.size() * 4 < nr_there * std::size_t{3})
        continue;
      const std::lock_guard lock(mutex_);
      if (entries_left_ < offered.entries.size()) return;
      entries_left_ -= offered.entries.size();
      offers_[h].push_back(std::move(offered));
    }
  });
}

// The best copy of each stretch of keys; of what others have only what lies beside it.
void old_leaf_filler::choose() {
  for (std::size_t h = 0; h < holes_.size(); ++h) {
    auto& offers = offers_[h];
    std::ranges::sort(offers, [](const offer& a, const offer& b) {
      return std::pair(b.entries.size(), a.leaf) < std::pair(a.entries.size(), b.leaf);
    });
    std::vector<taken_keys> taken;
    for (const auto& graft : forest_.grafts_at(holes_[h].id)) {
      const auto below = forest_.below(graft.node);
      if (!below.empty) taken.push_back({below.first_key, below.last_key});
    }
    for (auto& each : offers) {
      std::erase_if(each.entries, [&](const old_entry& entry) {
        return std::ranges::any_of(taken, [&](const taken_keys& t) {
          return entry.key >= t.first && entry.key <= t.last;
        });
      });
      if (!each.entries.empty()) taken.push_back({each.first_key, each.last_key});
    }
    std::erase_if(offers, [](const offer& each) { return each.entries.empty(); });
  }
}

void old_leaf_filler::drop_contested() {
  std::unordered_map<pdata::data_block, std::uint32_t> claims;
  for (const auto& offers : offers_)
    for (const auto& each : offers)
      for (const auto& entry : each.entries) ++claims[pdata::unpack_mapping(entry.value).block];
  for (auto& offers : offers_)
    for (auto& each : offers)
      std::erase_if(each.entries, [&](const old_entry& entry) {
        const auto block = pdata::unpack_mapping(entry.value).block;
        return claims.at(block) > missing_.at(block);
      });
}

// Runs of entries that stand beside each other in their leaf.
void add_parts(const offer& from, hole_contents& to) {
  const auto& entries = from.entries;
  for (std::size_t first = 0; first < entries.size();) {
    auto end = first + 1;
    while (end < entries.size() && entries[end].slot == entries[end - 1].slot + 1) ++end;
    to.push_back({entries[first].key, entries[end - 1].key,
                  agreed_part{.sources = {from.leaf},
                              .nr_subtrees = 1,
                              .first_key = entries[first].key,
                              .last_key = entries[end - 1].key,
                              .nr_entries = static_cast<std::uint32_t>(end - first),
                              .likely = true}});
    first = end;
  }
}

std::uint64_t nr_likely_at(const mapping_forest& forest, const hole_id& where) {
  std::uint64_t sum = 0;
  for (const auto& graft : forest.grafts_at(where))
    if (forest.is_agreed_leaf(graft.node)) sum += forest.agreed(graft.node).nr_likely();
  return sum;
}

std::uint64_t old_leaf_filler::fill() {
  std::uint64_t nr_added = 0;
  const value_filter possible = [this](std::uint64_t value) {
    return kept_.census.possible(value);
  };
  for (std::size_t h = 0; h < holes_.size(); ++h) {
    if (offers_[h].empty()) continue;
    hole_contents contents;
    for (const auto& graft : forest_.grafts_at(holes_[h].id)) {
      const auto below = forest_.below(graft.node);
      contents.push_back({below.first_key, below.last_key, graft});
    }
    for (const auto& each : offers_[h]) add_parts(each, contents);
    auto grafts = make_grafts(forest_, device_.reader.device(), std::move(contents), possible);
    if (grafts.empty()) continue;
    forest_.fill(holes_[h].id, std::move(grafts));
    nr_added += nr_likely_at(forest_, holes_[h].id);
  }
  return nr_added;
}

}  // namespace

std::uint64_t fill_from_older_leaves(const device_scan& device, const kept_part& kept,
                                     std::span<const pdata::count_difference> gaps,
                                     mapping_forest& forest) {
  return old_leaf_filler(device, kept, forest).run(gaps);
}

void remove_likely(mapping_forest& forest, metadata_block root) {
  std::vector<hole_id> found;
  std::uint64_t nr_looks = std::uint64_t{1} << 24;
  list_holes(forest, root, nr_looks, [&](const hole& each) {
    if (nr_likely_at(forest, each.id) != 0) found.push_back(each.id);
    return true;
  });
  for (const auto& where : found) {
    auto grafts = forest.grafts_at(where);
    std::erase_if(grafts, [&](const graft& each) {
      return forest.is_agreed_leaf(each.node) && forest.agreed(each.node).nr_likely() != 0;
    });
    forest.fill(where, std::move(grafts));
  }
}

}  // namespace thin_tools
