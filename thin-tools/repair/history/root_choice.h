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
#include "thin-tools/repair/history/state_order.h"
#include "thin-tools/repair/history/state_ring.h"
#include "thin-tools/repair/pool_view.h"
#include "thin-tools/repair/scan/device_scan.h"
#include "thin-tools/repair/scan/small_trees.h"

namespace thin_tools {

class root_chooser {
 public:
  root_chooser(pdata::batch_reader& reader, pdata::metadata_block nr_blocks,
               const repair_options& options)
      : reader_(reader), nr_blocks_(nr_blocks), options_(options) {}

  // By the superblock and the user's options alone, without looking further.
  // Roots are missing if the superblock is lost.
  chosen_roots at_first_sight();

  // After the whole device was looked at.
  chosen_roots by_evidence(const device_scan& device);

 private:
  void read_superblocks(chosen_roots& to);
  void add_snapshot(chosen_roots& to, pdata::metadata_block location);
  bool contradicts(const chosen_roots& roots, const device_scan& device);
  void believe_legible(chosen_roots& roots, const device_scan& device);
  bool choose_later_state(chosen_roots& roots, const device_scan& device);
  bool choose_from_own_counts(chosen_roots& roots, const device_scan& device);
  void drop_wrong_roots(chosen_roots& roots, const device_scan& device);
  std::vector<pool_state> younger_pairs(const newest_generations& newest,
                                        const device_scan& device);
  const generation& last_of(const newest_generations& newest, const device_scan& device,
                            chosen_roots& roots);
  bool take_state(chosen_roots& roots, const device_scan& device, const generation& state);
  bool choose_generation(chosen_roots& roots, const device_scan& device);
  bool choose_agreeing_pair(chosen_roots& roots, const device_scan& device);
  bool choose_pair(chosen_roots& roots, const device_scan& device,
                   const std::vector<pdata::metadata_block>& mapping,
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
