#include "thin-tools/repair/output/plan_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <future>
#include <iterator>
#include <unordered_map>
#include <unordered_set>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"
#include "persistent-data/btree/block_map.h"
#include "persistent-data/btree/tree_builder.h"
#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/mapping_value.h"
#include "persistent-data/format/superblock.h"
#include "persistent-data/space-map/space_map_writer.h"
#include "persistent-data/stream/new_superblock.h"
#include "thin-tools/repair/output/tree_assembler.h"

namespace thin_tools {

using pdata::metadata_block;

namespace {

constexpr std::size_t batch_leaves = 1024;  // two batches of 4 MiB in memory

class plan_writer {
 public:
  // Without a target nothing is written.
  plan_writer(repair_plan& plan, pdata::batch_reader& source, pdata::block_device* target,
              metadata_block nr_blocks)
      : plan_(plan),
        source_(source),
        target_(target),
        nr_blocks_(std::min(nr_blocks, pdata::max_metadata_blocks)),
        out_(target, pdata::superblock_location + 1,
             target != nullptr ? nr_blocks_ : pdata::max_metadata_blocks),
        counts_(pdata::max_metadata_blocks),
        store_(out_, [this](metadata_block child) { counts_.increment(child); }),
        leaf_locations_(plan.forest->graph().nr_blocks()),
        trees_(*plan.forest, *plan.leaves, store_, access()) {
    for (const auto& device : plan.devices) roots_of_devices_.push_back(device.root);
  }

  void write();
  metadata_block next() const { return out_.next(); }

 private:
  struct batch {
    std::span<const metadata_block> locations;
    std::unique_ptr<pdata::block_buffer[]> blocks;
  };

  leaf_access access();
  void choose_leaves();
  void place_leaves();
  void copy_leaves();
  batch read_batch(std::size_t first);
  void copy_batch(const batch& leaves);
  void write_agreed_leaves();
  void write_leaf(metadata_block old, const pdata::block_buffer& block);
  void write_devices();
  metadata_block place_of(pdata::node_index leaf) const;
  std::uint32_t references_to(pdata::data_block block) const;
  void write_space_maps();

  repair_plan& plan_;
  pdata::batch_reader& source_;
  pdata::block_device* target_;
  metadata_block nr_blocks_;
  pdata::block_writer out_;
  pdata::ref_counts counts_;
  pdata::node_store store_;
  pdata::block_map leaf_locations_;  // by old location
  std::unordered_map<pdata::node_index, metadata_block> agreed_locations_;
  // Of those that are kept the ones that stand in a tree as they are.
  std::vector<metadata_block> copied_;
  std::vector<pdata::node_index> agreed_;
  // References that leaves make which are made of others, and that those make no more: by data
  // block.
  std::unordered_map<pdata::data_block, std::int64_t> joined_counts_;
  tree_assembler trees_;
  std::vector<metadata_block> roots_of_devices_;
  pdata::new_pool_roots roots_;
};

leaf_access plan_writer::access() {
  return {.place = [this](pdata::node_index leaf) { return place_of(leaf); },
          .read = [this](auto leaf) { return plan_.entries_of(leaf, source_.device()); },
          .joined =
              [this](const pdata::entry_list& entries) {
                for (std::size_t i = 0; i < entries.size(); ++i)
                  ++joined_counts_[pdata::unpack_mapping(entries.value_u64(i)).block];
              }};
}

void plan_writer::choose_leaves() {
  trees_.prepare(roots_of_devices_);
  const auto replaced = trees_.replaced_leaves(roots_of_devices_);
  std::unordered_set<metadata_block> locations;
  for (const auto leaf : replaced) {
    if (!plan_.forest->is_agreed_leaf(leaf))
      locations.insert(plan_.forest->graph().node(leaf).location);
    const auto entries = plan_.entries_of(leaf, source_.device());
    for (std::size_t i = 0; i < entries.size(); ++i)
      --joined_counts_[pdata::unpack_mapping(entries.value_u64(i)).block];
  }
  std::ranges::copy_if(plan_.leaf_locations, std::back_inserter(copied_),
                       [&](metadata_block b) { return !locations.contains(b); });
  std::ranges::copy_if(plan_.agreed_leaves, std::back_inserter(agreed_),
                       [&](pdata::node_index leaf) { return !replaced.contains(leaf); });
}

void plan_writer::place_leaves() {
  metadata_block at = out_.next();
  for (const auto old : copied_) leaf_locations_.set(old, static_cast<std::uint32_t>(at++));
  for (const auto leaf : agreed_) agreed_locations_[leaf] = at++;
}

plan_writer::batch plan_writer::read_batch(std::size_t first) {
  batch read;
  const auto nr_left = copied_.size() - first;
  read.locations = std::span(copied_).subspan(first, std::min(nr_left, batch_leaves));
  read.blocks = std::make_unique_for_overwrite<pdata::block_buffer[]>(read.locations.size());
  source_.read(read.locations, [&](const pdata::read_block& block) {
    if (!block.outcome.ok())
      pdata::throw_errno("Couldn't read again block", std::to_string(block.location),
                         block.outcome.errno_value());
    std::memcpy(read.blocks[block.index].bytes.data(), block.bytes.data(), pdata::block_size);
  });
  return read;
}

// A leaf with impossible mappings loses those; others are copied as they are.
void plan_writer::write_leaf(metadata_block old, const pdata::block_buffer& block) {
  if (plan_.leaves->nr_impossible(old) == 0) {
    std::memcpy(out_.append(pdata::block_kind::btree_node).data(), block.bytes.data(),
                pdata::block_size);
    return;
  }
  const auto outcome = pdata::node_view::parse(block.view());
  const auto* leaf = std::get_if<pdata::node_view>(&outcome);
  if (leaf == nullptr) throw pdata::error(fmt::format("block {} changed meanwhile", old));
  const auto entries = plan_.leaves->possible_entries(*leaf);
  store_.write_leaf(entries, 0, entries.size());
}

void plan_writer::copy_batch(const batch& leaves) {
  for (std::size_t i = 0; i < leaves.locations.size(); ++i)
    write_leaf(leaves.locations[i], leaves.blocks[i]);
}

void plan_writer::copy_leaves() {
  const auto nr_leaves = copied_.size();
  if (target_ == nullptr) {
    for (std::size_t i = 0; i < nr_leaves; ++i) out_.append(pdata::block_kind::btree_node);
    return;
  }
  std::future<batch> ahead;
  for (std::size_t first = 0; first < nr_leaves; first += batch_leaves) {
    const batch current = ahead.valid() ? ahead.get() : read_batch(first);
    const auto next = first + batch_leaves;
    if (next < nr_leaves)
      ahead = std::async(std::launch::async, [this, next] { return read_batch(next); });
    copy_batch(current);
  }
}

void plan_writer::write_agreed_leaves() {
  for (const auto leaf : agreed_) {
    if (target_ == nullptr) {
      out_.append(pdata::block_kind::btree_node);
      continue;
    }
    const auto entries = plan_.entries_of(leaf, source_.device());
    store_.write_leaf(entries, 0, entries.size());
  }
}

metadata_block plan_writer::place_of(pdata::node_index leaf) const {
  const auto& forest = *plan_.forest;
  return forest.is_agreed_leaf(leaf)
             ? agreed_locations_.at(leaf)
             : metadata_block{leaf_locations_.get(forest.graph().node(leaf).location)};
}

void plan_writer::write_devices() {
  pdata::tree_builder top_level(store_, pdata::child_value_bytes);
  pdata::tree_builder details(store_, pdata::device_details::bytes);
  for (const auto& device : plan_.devices) {
    const auto root = trees_.write(device.root);
    counts_.increment(root);
    top_level.add_u64(device.id, root);
    std::array<std::byte, pdata::device_details::bytes> value;
    device.details.store(value);
    details.add(device.id, value);
  }
  roots_.mapping_root = top_level.finish();
  roots_.details_root = details.finish();
  counts_.increment(roots_.mapping_root);
  counts_.increment(roots_.details_root);
}

std::uint32_t plan_writer::references_to(pdata::data_block block) const {
  const auto count = plan_.leaves->counts().get(block);
  if (joined_counts_.empty()) return count;
  const auto more = joined_counts_.find(block);
  return more == joined_counts_.end() ? count : static_cast<std::uint32_t>(count + more->second);
}

void plan_writer::write_space_maps() {
  const auto& counted = plan_.leaves->counts();
  const auto nr_data_blocks = plan_.superblock.nr_data_blocks;
  out_.expect_room(pdata::div_up(nr_data_blocks, pdata::entries_per_bitmap));
  pdata::ref_counts data_counts(nr_data_blocks);
  const auto end = std::min(counted.nr_blocks(), nr_data_blocks);
  std::vector<std::uint8_t> small(pdata::ref_counts::region_blocks);
  for (std::uint64_t begin = 0; begin < end; begin += small.size()) {
    if (counted.region_untouched(begin / pdata::ref_counts::region_blocks)) continue;
    const auto here =
        std::span(small).first(pdata::to_size(std::min<std::uint64_t>(small.size(), end - begin)));
    counted.copy_small(begin, here);
    for (std::size_t i = 0; i < here.size(); ++i) {
      const bool known = joined_counts_.empty() && here[i] != pdata::ref_counts::small_max;
      const auto count = known ? here[i] : references_to(begin + i);
      if (count != 0) data_counts.add_alone(begin + i, count);
    }
  }
  roots_.data_space_map = pdata::write_data_space_map(out_, counts_, data_counts);
  roots_.metadata_space_map = pdata::write_metadata_space_map(out_, counts_, nr_blocks_);
}

void plan_writer::write() {
  if (target_ != nullptr) pdata::erase_superblock(*target_);
  counts_.increment(pdata::superblock_location);
  choose_leaves();
  place_leaves();
  copy_leaves();
  write_agreed_leaves();
  write_devices();
  write_space_maps();
  if (target_ == nullptr) return;
  out_.finish();
  auto pool = plan_.superblock;
  pool.flags &= ~pdata::flag_needs_check;  // this is what was needed
  pdata::write_new_superblock(*target_, pool, roots_, nr_blocks_);
}

}  // namespace

metadata_block blocks_needed(repair_plan& plan, pdata::batch_reader& source,
                             metadata_block nr_blocks) {
  plan_writer rehearsal(plan, source, nullptr, nr_blocks);
  rehearsal.write();
  return rehearsal.next();
}

void write_plan(repair_plan& plan, pdata::batch_reader& source, pdata::block_device& target) {
  plan_writer(plan, source, &target, target.nr_blocks()).write();
}

}  // namespace thin_tools
