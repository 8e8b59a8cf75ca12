// The states of the metadata that are still on the device, in the order in which commits
// went around it, and which of them was the last.
//
// The kernel takes the first free block from where it left off, and from the start of the
// device when the pool is opened or the end is reached (Linux 6.1 dm-space-map-metadata.c,
// sm_metadata_new_block); a commit takes its index block last. So all index blocks below
// that of the last state are of the pass in which it was written, each the commit after
// the one below, and what stands above it is of older passes. Premises, each by itself:
//  1. What a state has and the one before had not was taken behind that one's index block
//     (may_follow).
//  2. A block of an older pass that the last pass came by was written over if it was free:
//     a state that calls such a block its own is older (written_over_below).
//  3. What a pass wrote over is gone: a state whose blocks later ones of the same pass have
//     again cannot be whole (end_at_whole_states).
//  4. What a state of the next run above has not, and stands between, was not taken since: else the
//  two
//     are of different branches (is_of_another_branch).
//  5. The lowest state that the next one above it does not follow is expected to be the last,
//  unless
//     a whole one has blocks that its run wrote (go_on_above).
// Positions read backwards, too, where a pool was opened anew: what may have been the last by all
// that is known is asked of last_state.h.
#pragma once

#include <optional>
#include <vector>

#include "thin-tools/repair/history/generation.h"

namespace thin_tools {

// The counts of two states: true if `to` may have been a commit after `from` in the same
// pass, or the first one of a pass.
bool may_follow(const pdata::stored_counts& from, pdata::metadata_block from_index,
                const pdata::stored_counts& to, pdata::metadata_block to_index,
                pdata::metadata_block nr_blocks);

// A state has blocks that the next run above it had not, and that stand between the two: no
// pass came by there since, or its index blocks would be there. So the upper one is no
// ancestor of the other: each went on from an older state, as where two machines had the pool.
bool is_of_another_branch(const pdata::stored_counts& own, pdata::metadata_block index,
                          const pdata::stored_counts& above, pdata::metadata_block above_index);

// True if a block up to `limit` that the state calls its own holds something else now: a
// later pass wrote over it.
bool written_over_below(const device_scan& device, const generation& state,
                        pdata::metadata_block limit);

// How far above the index block of a state what the next commit wrote is looked for.
constexpr pdata::metadata_block commit_blocks_max = 256;

// True if damage stands where the index or the bitmaps of a younger state would
// have been. Where the metadata has grown blanks up to the end of the device are none.
bool damaged_above(const pdata::block_scan& scan, const generation& state,
                   pdata::metadata_block end, bool has_grown = false);

// Where what is taken begins anew with the first block: by the superblock the map may be smaller
// than the device.
pdata::metadata_block end_of_map(const device_scan& device);

struct newest_generations {
  std::vector<generation> candidates;  // the last one, then the ends of older passes
  std::size_t nr_whole = 0;            // states that were looked at
  std::size_t nr_possible = 0;         // of the candidates, the first ones: each may be the last
  bool contested = false;              // the second of them may be the last, too
  // The first is taken for the last by the order of index blocks; damage hides whether the second
  // is it.
  bool hidden_by_damage = false;
  bool proven = false;           // that the first of them is the last, or as good as it
  bool pass_known = false;       // where its pass began: see later_states
  bool younger_damaged = false;  // there may have been a younger one
};
newest_generations find_newest_generations(const device_scan& device);

// Whether the state with that index block is the last one on the device.
struct later_states {
  std::size_t nr_steps = 0;   // commits after it, at least; 0: not in the same pass
  bool written_over = false;  // its index block is something else now
  bool both_whole = false;    // it is whole, and so is another that is proven to be the last
  // It is not whole, the last one is, and that one has blocks in other uses which the state
  // calls its own: they were freed meanwhile.
  bool overtaken = false;
  bool other_branch = false;  // it is the last one of its branch, and `last` is of another
  bool pass_known = false;    // where its pass began, by last_state.h: of one machine alone
  std::optional<generation> last;
};
inline constexpr const char* two_machines_possible =
    "the state from which the last run of commits began is not to be seen, or others went on from "
    "it, too, as where two machines had the pool in use; see --list-roots";
later_states find_later_states(const device_scan& device, pdata::metadata_block index);

// A glance at where other states would stand, without the whole device: behind the one with that
// index block, and among the first blocks that it does not use. False: there is none, as where
// metadata was restored; then no commits need to be put in order.
bool may_have_other_states(pdata::batch_reader& reader, pdata::metadata_block nr_blocks,
                           pdata::metadata_block index);

}  // namespace thin_tools
