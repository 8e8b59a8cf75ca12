// The trees that hold devices: details, top level and mappings, of the active
// metadata and of the metadata snapshot together, so that what they share is
// read once. Counts the references that they hold.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <vector>

#include "persistent-data/btree/tree_graph.h"
#include "persistent-data/btree/tree_judge.h"
#include "persistent-data/format/device_details.h"
#include "persistent-data/format/superblock.h"
#include "persistent-data/space-map/ref_counts.h"
#include "thin-tools/check/finding_list.h"
#include "thin-tools/check/time_rules.h"

namespace thin_tools {

// One superblock's view of the devices.
struct device_view {
  pdata::which_metadata of = pdata::which_metadata::active;
  std::uint32_t time = 0;  // the pool's clock
  pdata::metadata_block details_root = 0;
  pdata::metadata_block mapping_root = 0;

  // Found by reading, ascending by id.
  std::vector<std::pair<pdata::device_id, pdata::device_details>> details;
  std::vector<std::pair<pdata::device_id, pdata::metadata_block>> roots;
  bool details_damaged = false;
  bool roots_damaged = false;
};

class device_trees {
 public:
  device_trees(pdata::batch_reader& reader, pdata::metadata_block nr_metadata_blocks,
               std::uint64_t nr_data_blocks);

  // Requires views with their roots set, the active one first. Reads details and
  // top level, without reporting.
  void read_devices(std::vector<device_view>& views);
  // Instead of that, where no trees name the devices: the views' details and roots are known.
  void take_devices(const std::vector<device_view>& views);
  // Reads all mapping trees; counts data blocks. The views stand as long as this object.
  void read_mappings(const std::vector<device_view>& views);

  // Reports on the view: its trees, its devices, their mappings if they were
  // read. Active view first.
  void judge(device_view& view, finding_list& findings, check_report& report);
  // By the first view's devices: mappings that the kernel would write through in place
  // although their blocks are shared.
  safe_times judge_times(finding_list& findings);
  // Suspicions about nodes, which may belong to several views.
  void report_remarks(finding_list& findings) const;

  // True if nothing was lost: all references were counted.
  bool complete() const { return complete_; }
  void count_nodes(pdata::ref_counts& metadata_counts) const;
  pdata::ref_counts& data_counts() { return data_counts_; }

 private:
  // Blocks of mappings that are to be counted: such as the kernel may write through in
  // place, which are marked then (time_rules.h), and others.
  struct uncounted {
    explicit uncounted(std::uint64_t nr_blocks) : in_place(nr_blocks), others(nr_blocks) {}
    pdata::region_buffers<std::uint16_t> in_place;
    pdata::region_buffers<std::uint16_t> others;
  };

  void judge_devices(const device_view& view, finding_list& findings);
  void judge_mappings(const device_view& view, finding_list& findings, check_report& report);
  void visit_leaf(const pdata::visited_leaf& leaf);
  void count_put_aside();
  void note_bad_entries(const pdata::visited_leaf& leaf);

  pdata::batch_reader& reader_;
  pdata::metadata_block nr_metadata_blocks_;
  std::uint64_t nr_data_blocks_;
  pdata::ref_counts data_counts_;
  std::vector<uncounted> put_aside_;  // by worker
  pdata::tree_graph details_;
  pdata::tree_graph top_level_;
  pdata::tree_graph mappings_;
  pdata::tree_judge details_judge_;
  pdata::tree_judge top_level_judge_;
  pdata::tree_judge mappings_judge_;
  std::vector<pdata::metadata_block> device_roots_;  // one for each reference
  std::map<pdata::device_id, pdata::metadata_block> active_roots_;
  std::unique_ptr<time_rules> times_;  // if mappings are read
  bool named_by_trees_ = false;
  bool complete_ = true;
};

}  // namespace thin_tools
