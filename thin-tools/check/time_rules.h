// What makes a kernel write into a data block that is mapped elsewhere, too.
//
// The kernel takes a mapping for shared if its time is below the device's snapshot time,
// and writes in place where it is not (Linux 6.1 dm-thin-metadata.c, __snapshotted_since).
// So wherever a data block is mapped more than once, by a node that several devices share or
// by several mappings, each of these mappings must be older than its device's snapshot time.
// A snapshot gets the pool's time plus one: times above the pool's break the rule then.
//
// One pass with the check's own: per metadata block what devices lie above it, known
// before a leaf is read; per leaf its newest time; per data block a bit, in general the mark
// of its count. Leaves are read again
// only where something was found, or where devices came to light after the leaf was read.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "persistent-data/btree/block_map.h"
#include "persistent-data/btree/tree_graph.h"
#include "persistent-data/space-map/block_bits.h"
#include "persistent-data/space-map/ref_counts.h"

namespace thin_tools {

struct device_view;
class finding_list;

// What would make all times safe: no snapshot time below that of its device here, and
// no time of the pool below `newest_mapping`.
struct safe_times {
  std::map<pdata::device_id, std::uint32_t> snapshot_times;  // of devices that need another one
  std::uint32_t newest_mapping = 0;
};

class time_rules {
 public:
  // Whose leaves are counted: where it is the view's alone, what is counted can be marked at once.
  enum class counted : std::uint8_t { this_view, several_views };
  // `data_counts`: of all leaves that are read.
  time_rules(const device_view& view, counted what, pdata::metadata_block nr_metadata_blocks,
             pdata::ref_counts& data_counts);

  // Before the leaves that hang there are visited.
  void add_edge(pdata::metadata_block parent, pdata::metadata_block child);
  // Of a leaf before it is visited: blocks that it maps at such a time or later are to be
  // marked in the data counts.
  std::uint32_t in_place_from(pdata::metadata_block leaf) const {
    return alone_ && !all_new_ ? snapshot_time(above(leaf).device) : none;
  }
  // Any worker. `newest`: the highest time of its mappings.
  void visit(pdata::metadata_block leaf, const pdata::node_view& node, std::uint32_t newest);

  // When all is read. Reads leaves again by `reader` where something is wrong.
  safe_times judge(pdata::batch_reader& reader, const pdata::tree_graph& mappings,
                   finding_list& findings);

 private:
  // The devices above a node: that with the lowest snapshot time, and if there are others.
  struct devices_above {
    std::uint32_t device = none;  // index in the view's roots
    bool several = false;
  };
  struct unsafe_mappings {
    std::uint64_t count = 0;
    std::uint32_t newest = 0;
  };
  static constexpr std::uint32_t none = pdata::block_map::none;

  devices_above above(pdata::metadata_block location) const;
  bool join(pdata::metadata_block location, devices_above with);
  std::uint32_t snapshot_time(std::uint32_t device) const {
    return device == none ? none : snapshot_times_[device];
  }
  enum class visit_is : std::uint8_t { first, repeated };
  // Requires a limit that is not `none`.
  void mark_blocks(const pdata::node_view& leaf, std::uint32_t limit, visit_is now);
  void propagate(const pdata::tree_graph& mappings);
  void visit_late(pdata::batch_reader& reader, const pdata::tree_graph& mappings);
  void find_unsafe_blocks();
  void count_unsafe(const pdata::node_view& leaf, const devices_above& devices);
  template <class Visit>
  void for_each_leaf(const pdata::tree_graph& mappings, Visit visit) const;

  const device_view& view_;
  bool alone_;
  pdata::ref_counts& data_counts_;
  std::vector<std::uint32_t> snapshot_times_;  // by index in the view's roots
  bool all_new_ = true;                        // no device has a snapshot time
  pdata::block_map devices_;                   // by metadata block: 2 * device + several
  std::vector<pdata::metadata_block> late_;    // nodes that got devices after their edges
  std::unique_ptr<std::uint32_t[]> newest_;    // by location, of leaves that were visited
  std::unique_ptr<std::uint32_t[]> limit_;     // snapshot time as known then
  pdata::block_bits new_blocks_;  // unless alone: mapped by one that the kernel writes in place
  pdata::block_bits seen_;        // likewise: mapped by the view
  pdata::block_bits repeated_;    // likewise, twice
  pdata::block_bits unsafe_;      // repeated and new
  bool any_unsafe_ = false;
  std::mutex mutex_;                                          // guards what follows
  std::map<std::uint32_t, unsafe_mappings> unsafe_mappings_;  // by index in the view's roots
};

}  // namespace thin_tools
