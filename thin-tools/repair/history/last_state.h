// Which of the states whose space maps are on the device may have been the last one: each is
// taken for it, and given up where what follows from that is not so. What follows, each by itself:
//  1. All that the last state calls its own is as it left it (whole_states.h).
//  2. The states below it are of its pass, each the commit after the one below; the lowest may be
//     the last of the pass before (is_in_one_pass).
//  3. A block that two states have in common was in use between them: what is above belongs to
//     an older pass, and cannot share a block with the last state that one of its pass had not
//     (breaks_a_life).
//  4. The lowest one, as the last, was written after one that stands above: what was free there
//     up to its index block was taken (may_have_begun_a_pass).
//  5. What commits do to the trees of devices (commit_order.h).
// Each only ever rules out; the last state of a device without damage is never ruled out. Where
// one state is left it is proven to be the last. One more is likely only, and proves nothing:
//  6. Where the state in which the pool was made is still there, there was no second pass
//     (is_birth). What stands behind a state then is the next commit, or was there before the pool
//     was made: that it has mappings of the state, and begins right behind it, would be chance.
#pragma once

#include <span>
#include <vector>

#include "thin-tools/repair/history/block_set.h"
#include "thin-tools/repair/scan/device_scan.h"

namespace thin_tools {

struct ring_state {
  pdata::metadata_block index = 0;
  block_set live;
  // By where its blocks stand it may be the commit after the state below, of which it has some.
  bool stands_behind = false;
  // After the state below: a commit of the same pass, or the first one of a new pass.
  bool goes_on = false;
  bool begins_anew = false;
};

// Blocks of `to` that `from` had not were taken behind its index block. `end`: where what is taken
// begins anew with the first block.
bool took_behind(const ring_state& from, const ring_state& to, pdata::metadata_block nr_blocks,
                 pdata::metadata_block end);

// Of a pool that was just made: its index block is the first that it took, in a row with all the
// others (Linux 6.1 dm-space-map-metadata.c, dm_sm_metadata_create). The next commit sets that
// block free, and whoever opens the pool after that takes it first. So there was one pass, if the
// state has no devices.
bool is_birth(const ring_state& state, pdata::metadata_block nr_blocks);

// As if the pool was opened between the two, or the end of the device was reached: all that was
// free in `from` up to the index block of `to` was taken.
bool may_have_begun_a_pass(const pdata::block_scan& scan, const ring_state& from,
                           const ring_state& to);

struct possible_last_states {
  std::vector<std::size_t> states;  // positions; the expected one first, if it is among them
  bool complete = false;            // false: there was too much to look at, or nothing whole
  bool same_mappings = false;       // of all of them: it makes no difference which is taken
  std::size_t nr_whole = 0;         // of them; the others are damaged
  bool likely = false;              // by the sixth premise, too
};

// `states` ascend by their index blocks; `expected`: a position.
possible_last_states find_possible_last(const device_scan& device,
                                        std::span<const ring_state> states, std::size_t expected);

}  // namespace thin_tools
