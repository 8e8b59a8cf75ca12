#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "persistent-data/base/error.h"
#include "persistent-data/base/sort_unique.h"
#include "persistent-data/format/damage_catalogue.h"
#include "persistent-data/format/mapping_value.h"
#include "persistent-data/format/tree_value.h"
#include "thin-tools/explore/descent.h"
#include "thin-tools/explore/pages.h"
#include "thin-tools/explore/words.h"
#include "thin-tools/page/human_numbers.h"

namespace thin_tools::explore {

using namespace pdata;
using namespace thin_tools::page;

namespace {

// A node with its bytes.
struct held_node {
  std::unique_ptr<block_buffer> bytes;
  node_view node;
};

// What is told of a child before it is entered.
struct child_summary {
  std::optional<node_fault> fault;
  bool leaf = false;
  std::uint32_t nr_entries = 0;
  std::uint64_t first_key = 0;
  std::uint64_t last_key = 0;
};

using summaries = std::map<metadata_block, child_summary>;

// Of the children, read in disk order.
summaries summarize(pool_source& pool, const node_view& node, const tree_shape& shape) {
  std::vector<metadata_block> wanted;
  for (std::uint32_t i = 0; i < node.nr_entries(); ++i)
    if (node.value_u64(i) < pool.nr_blocks()) wanted.push_back(node.value_u64(i));
  sort_unique(wanted);
  std::vector<child_summary> found(wanted.size());
  pool.reader().read(wanted, [&](const read_block& block) {
    auto& summary = found[block.index];
    const auto examined = tree_graph::examine(block, shape);
    if (const auto* why = std::get_if<node_fault>(&examined)) {
      summary.fault = *why;
      return;
    }
    const auto& child = std::get<node_view>(examined);
    summary.leaf = child.is_leaf();
    summary.nr_entries = child.nr_entries();
    if (child.empty()) return;
    summary.first_key = child.first_key();
    summary.last_key = child.last_key();
  });
  summaries all;
  for (std::size_t i = 0; i < wanted.size(); ++i) all.emplace(wanted[i], found[i]);
  return all;
}

class node_writer {
 public:
  node_writer(pool_source& pool, const node_place& where) : pool_(pool), where_(where) {}

  page write() {
    made_.title = fmt::format("{}{} in block {}", tree_words(where_.shape),
                              where_.device ? " of " + pool_.device_words(*where_.device) : "",
                              where_.location);
    if (where_.location >= pool_.nr_blocks()) {
      made_.add(fmt::format("the metadata device has {} blocks: there is no such block",
                            with_separators(pool_.nr_blocks())),
                look::damaged);
      return std::move(made_);
    }
    auto read = pool_.read(where_.location);
    if (const auto* why = std::get_if<node_fault>(&read)) return refuse(*why);
    held_ = std::make_shared<held_node>();
    held_->bytes = std::move(std::get<std::unique_ptr<block_buffer>>(read));
    const auto examined = tree_graph::examine(held_->bytes->view(), where_.location, where_.shape);
    if (const auto* why = std::get_if<node_fault>(&examined)) return refuse(*why);
    held_->node = std::get<node_view>(examined);
    describe();
    if (held_->node.is_leaf())
      add_leaf_rows();
    else
      add_children();
    made_.start = made_.lines.size();
    if (where_.key && made_.nr_rows != 0)
      made_.start += static_cast<std::size_t>(std::max(0, held_->node.lower_bound(*where_.key)));
    return std::move(made_);
  }

 private:
  page refuse(const node_fault& why) {
    made_.add(fault_words(why), look::damaged);
    if (where_.expected)
      made_.add("lost with it: keys " + range_words(*where_.expected), look::damaged);
    made_.start = made_.lines.size();
    made_.add_link("the block as it is", block_place{where_.location});
    return std::move(made_);
  }

  void describe() {
    const auto& node = held_->node;
    made_.add(fmt::format("{} with {} of {} entries", node.is_leaf() ? "leaf" : "internal node",
                          node.nr_entries(), node.max_entries()),
              look::heading);
    if (node.empty()) {
      made_.add("it is empty", node.is_leaf() ? look::plain : look::damaged);
    } else {
      const auto& looked_up = where_.expected;
      const bool misfit = looked_up && ((looked_up->end && node.last_key() >= *looked_up->end) ||
                                        node.first_key() < looked_up->begin);
      made_.add(fmt::format("keys {} to {}{}", with_separators(node.first_key()),
                            with_separators(node.last_key()),
                            looked_up ? "; looked up here are " + range_words(*looked_up) : ""),
                misfit ? look::damaged : look::plain);
    }
    const auto counted = count_of(pool_, space_map_kind::metadata, where_.location);
    if (pool_.layout() != nullptr)
      made_.add_link(counted.fault ? "count not known: " + fault_words(*counted.fault)
                                   : fmt::format("the metadata space map counts this block {}",
                                                 times_words(counted.count)),
                     bitmap_place{space_map_kind::metadata, where_.location / entries_per_bitmap,
                                  where_.location},
                     counted.fault || counted.count == 0 ? look::damaged : look::plain);
    made_.add_link("the block as it is", block_place{where_.location});
    if (const auto* finding = pool_.finding_at(where_.location))
      made_.add(describe_finding(*finding), look::damaged);
  }

  static std::string describe_finding(const damage& finding) { return pdata::describe(finding); }

  void add_children() {
    const auto children =
        std::make_shared<const summaries>(summarize(pool_, held_->node, where_.shape));
    made_.nr_rows = held_->node.nr_entries();
    made_.row = [&pool = pool_, held = held_, children, where = where_](std::size_t index) -> line {
      const auto slot = static_cast<std::uint32_t>(index);
      const auto location = held->node.value_u64(slot);
      const auto expected = keys_below(held->node, slot, where.expected.value_or(key_range{}));
      std::string text =
          fmt::format("key {:<12} -> block {:<9}", with_separators(held->node.key(slot)), location);
      bool bad = false;
      const auto child = children->find(location);
      if (child == children->end()) {
        text += " beyond the metadata device";
        bad = true;
      } else if (child->second.fault) {
        text += " " + fault_words(*child->second.fault);
        bad = true;
      } else {
        const auto& c = child->second;
        text += fmt::format(" {}, {} entries", c.leaf ? "leaf" : "internal", c.nr_entries);
        if (c.nr_entries != 0) {
          const bool misfit =
              c.first_key < expected.begin || (expected.end && c.last_key >= *expected.end);
          text +=
              fmt::format(", keys {} to {}{}", with_separators(c.first_key),
                          with_separators(c.last_key), misfit ? ": not those looked up here" : "");
          bad = misfit;
        }
      }
      if (where.device && pool.loss_in(where.of, *where.device, expected) != nullptr) bad = true;
      if (pool.finding_at(location) != nullptr) bad = true;
      auto target = where;
      target.location = location;
      target.expected = expected;
      target.key.reset();
      return {text, bad ? look::damaged : look::plain, target};
    };
  }

  void add_leaf_rows() {
    made_.nr_rows = held_->node.nr_entries();
    made_.row = [&pool = pool_, held = held_, where = where_](std::size_t index) {
      const auto slot = static_cast<std::uint32_t>(index);
      return leaf_row(pool, where, held->node.key(slot), held->node.value(slot));
    };
  }

  static line leaf_row(pool_source& pool, const node_place& where, std::uint64_t key,
                       std::span<const std::byte> value) {
    const auto words = with_separators(key);
    switch (where.shape.what) {
      case structure::mapping_tree: {
        const auto to = unpack_mapping(decode_u64(value));
        const bool beyond = pool.layout() != nullptr && to.block >= pool.layout()->nr_data_blocks;
        return {
            fmt::format("virtual {:<14} -> data {:<14} time {}{}", words, with_separators(to.block),
                        to.time, beyond ? "  beyond the data device" : ""),
            beyond ? look::damaged : look::plain, data_place{to.block}};
      }
      case structure::top_level_tree: {
        const auto root = decode_u64(value);
        const bool beyond = root >= pool.nr_blocks();
        return {fmt::format("{} -> root in block {}", pool.device_words(key), root),
                beyond ? look::damaged : look::plain, device_place{where.of, key}};
      }
      case structure::details_tree: {
        const auto d = device_details::load(value);
        return {fmt::format("{}: {} mapped, transaction {}, created at {}, snapshot at {}",
                            pool.device_words(key), with_separators(d.mapped_blocks),
                            d.transaction_id, d.creation_time, d.snapshotted_time),
                look::plain, device_place{where.of, key}};
      }
      case structure::data_index_tree: {
        const auto entry = index_entry::load(value);
        return {fmt::format("bitmap {} -> block {}, {} free", words, entry.location, entry.nr_free),
                look::plain, bitmap_place{space_map_kind::data, key, std::nullopt}};
      }
      default: {
        const bool data = where.shape.what == structure::data_overflow_tree;
        const auto count = decode_u32(value);
        return {fmt::format("{} block {} is counted {}", data ? "data" : "metadata", words,
                            times_words(count)),
                count < count_in_overflow ? look::damaged : look::plain,
                data ? place(data_place{key}) : place(block_place{key})};
      }
    }
  }

  pool_source& pool_;
  node_place where_;
  page made_;
  std::shared_ptr<held_node> held_;
};

}  // namespace

page node_page(pool_source& pool, const node_place& where) {
  return node_writer(pool, where).write();
}

}  // namespace thin_tools::explore
