// What a repair is asked, and what it takes for true so far: whose trees are the pool's,
// which devices they name, and what the devices' details say.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/space_map_root.h"
#include "persistent-data/format/superblock.h"
#include "persistent-data/survey/stored_counts.h"
#include "thin-tools/repair/scan/small_trees.h"

namespace thin_tools {

struct repair_options {
  std::optional<std::uint64_t> transaction_id;
  std::optional<std::uint64_t> data_block_size;  // sectors
  std::optional<std::uint64_t> nr_data_blocks;
  std::optional<pdata::metadata_block> mapping_root;  // instead of the superblock's
  std::optional<pdata::metadata_block> details_root;
  bool salvage = false;    // write what is likely, too
  bool take_best = false;  // of several states the likeliest, instead of a refusal
};

struct repair_request {
  repair_request(pdata::batch_reader& from, std::string input_name, const repair_options& wanted)
      : reader(from),
        name(std::move(input_name)),
        options(wanted),
        nr_blocks(std::min(from.device().nr_blocks(), pdata::max_metadata_blocks)) {}

  pdata::batch_reader& reader;
  std::string name;
  const repair_options& options;
  pdata::metadata_block nr_blocks;
  // Sound blocks that the reader gives as damaged: they are not of the state that is taken.
  std::set<pdata::metadata_block> disbelieved = {};
};

struct chosen_roots {
  explicit chosen_roots(pdata::stored_counts none) : counts(std::move(none)) {}

  std::optional<pdata::superblock> superblock;      // block 0, if it is sound
  std::optional<pdata::superblock> any_superblock;  // or the copy in a metadata snapshot
  std::optional<pdata::metadata_block> mapping_root;
  std::optional<pdata::metadata_block> details_root;
  pdata::stored_counts counts;                 // of the state that the roots belong to
  std::optional<pdata::metadata_block> index;  // where they were read
  std::vector<pdata::metadata_block> snapshot_mapping_roots;
  std::vector<pdata::metadata_block> snapshot_details_roots;
  bool snapshot_lost = false;                     // one is held, and its superblock is damaged
  std::optional<pdata::space_map_root> data_map;  // of the state that the roots belong to
  std::vector<std::string> unproven;  // why it may not be the last state, or not all of it
  std::vector<std::string> notes;
  std::vector<std::string> guesses;
};

struct pool_view {
  chosen_roots roots;
  top_level top;
  details_table details;
  std::uint64_t nr_data_blocks_max = 0;                   // mappings beyond cannot be true
  std::map<pdata::device_id, std::string> guessed_trees;  // why a tree is this device's
};

// The latest time that a mapping can have, by superblock and details; none: it is not known.
inline std::optional<std::uint32_t> latest_time(const pool_view& view) {
  if (!view.roots.superblock) return std::nullopt;
  auto latest = view.roots.superblock->time;
  for (const auto& [id, device] : view.details.devices)
    latest = std::max({latest, device.creation_time, device.snapshotted_time});
  return latest;
}

// Reads the small trees that the roots lead to.
inline pool_view read_view(const repair_request& input, chosen_roots roots) {
  pool_view view{.roots = std::move(roots), .top = {}, .details = {}, .guessed_trees = {}};
  if (view.roots.mapping_root)
    view.top = read_top_level(input.reader, *view.roots.mapping_root, input.nr_blocks);
  else
    view.top.lost.push_back({});
  if (view.roots.details_root)
    view.details = read_details(input.reader, *view.roots.details_root, input.nr_blocks);
  else
    view.details.lost.push_back({});
  // A data device larger than its space map cannot be: each metadata block holds
  // the counts of so many data blocks at most.
  const auto limit = input.nr_blocks * pdata::entries_per_bitmap;
  view.nr_data_blocks_max = limit;
  if (view.roots.superblock)
    view.nr_data_blocks_max = std::min(limit, view.roots.superblock->data_space_map.nr_blocks);
  if (const auto& wanted = input.options.nr_data_blocks)
    view.nr_data_blocks_max = std::min(limit, std::max(view.nr_data_blocks_max, *wanted));
  return view;
}

}  // namespace thin_tools
