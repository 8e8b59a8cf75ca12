// Which of two whole states of the metadata cannot have been before the other: what the kernel
// does to the trees of devices from one commit to the next, read in both directions. The premises,
// each of them a function, hold for any number of commits in between:
//  1. A device's tree only takes in nodes that are written anew: a node that was written before
//     and that the tree had not does not come into it (Linux 6.1 dm-btree.c: copy-on-write). The
//     tree of a new device begins as that of its origin (takes_back_a_node).
//  2. A mapping gets the pool's time when it is made, and that never goes back (dm-thin-metadata.c,
//     __insert): a mapping that the state before had not is not older than the newest device or
//     snapshot of that state (takes_back_a_time).
//  3. Where a key is removed, the node on the way to it and both its neighbours below the same
//     parent are written anew (dm-btree-remove.c, rebalance_children): no key is gone from a node
//     between two neighbours that are as they were (removes_between_old_nodes).
//  4. Devices are created and snapshots are taken at ascending times (state_order.h).
#pragma once

#include "thin-tools/repair/history/block_set.h"
#include "thin-tools/repair/history/state_order.h"
#include "thin-tools/repair/scan/device_scan.h"

namespace thin_tools {

// A state of which all blocks are as it left them.
struct whole_state {
  pdata::metadata_block index = 0;
  block_set own;  // of proven_blocks()
  pool_state pool;
};

// What speaks against an order of two states.
struct order_evidence {
  bool node = false;
  bool time = false;
  bool removal = false;
  bool devices = false;
  bool any() const { return node || time || removal || devices; }
};

struct compared_states {
  order_evidence first_before_second;  // what it contradicts that the first was before the second
  order_evidence second_before_first;
  bool same_mappings = false;  // which of them is taken makes no difference to any device
  // A device of both has mappings in common, and none has one that was made anew at the same time.
  bool second_continues = false;
};

// States without such a block in common are of different pools, or of one that was restored:
// nothing follows from them.
compared_states compare_commits(const device_scan& device, const whole_state& first,
                                const whole_state& second);

}  // namespace thin_tools
