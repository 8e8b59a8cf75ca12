// Which trees are the pool's. The superblock's own, unless it is lost or
// contradicts what its roots lead to; then the roots of the newest state whose
// space map is still whole; then the newest pair of trees that agree about the
// devices and their mappings.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "persistent-data/format/superblock.h"
#include "persistent-data/survey/stored_counts.h"
#include "thin-tools/repair/evidence/evidence.h"
#include "thin-tools/repair/evidence/pool_trees.h"
#include "thin-tools/repair/history/generation.h"
#include "thin-tools/repair/repair_plan.h"
#include "thin-tools/repair/states/state_order.h"

namespace thin_tools {

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
  bool snapshot_lost = false;  // one is held, and its superblock is damaged
  std::vector<std::string> notes;
  std::vector<std::string> guesses;
};

class root_chooser {
 public:
  root_chooser(pdata::batch_reader& reader, pdata::metadata_block nr_blocks,
               const repair_options& options)
      : reader_(reader), nr_blocks_(nr_blocks), options_(options) {}

  // By the superblock and the user's options alone, without looking further.
  // Roots are missing if the superblock is lost.
  chosen_roots at_first_sight();

  // After the whole device was looked at.
  chosen_roots by_evidence(const evidence& device);

 private:
  void read_superblocks(chosen_roots& to);
  void add_snapshot(chosen_roots& to, pdata::metadata_block location);
  bool contradicts(const chosen_roots& roots, const evidence& device);
  bool choose_from_own_counts(chosen_roots& roots, const evidence& device);
  std::vector<pool_state> younger_pairs(const newest_generations& newest, const evidence& device);
  const generation& last_of(const newest_generations& newest, const evidence& device,
                            chosen_roots& roots);
  bool choose_generation(chosen_roots& roots, const evidence& device);
  bool choose_agreeing_pair(chosen_roots& roots, const evidence& device);
  bool choose_pair(chosen_roots& roots, const std::vector<pdata::metadata_block>& mapping,
                   const std::vector<pdata::metadata_block>& details, bool one_is_enough);

  pdata::batch_reader& reader_;
  pdata::metadata_block nr_blocks_;
  const repair_options& options_;
};

// Block 0 or a copy: right checksum, location and magic number.
std::optional<pdata::superblock> read_superblock(pdata::batch_reader& reader,
                                                 pdata::metadata_block location,
                                                 pdata::metadata_block nr_blocks);

}  // namespace thin_tools
