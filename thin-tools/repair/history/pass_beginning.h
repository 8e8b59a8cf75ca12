// Whether the pass that ended with a state shows where it began, as it does where one machine alone
// had the pool in use: its lowest state was made of the last one of the pass before, and
//  1. all that was free there up to its index block was taken (may_have_begun_a_pass);
//  2. no state on the device went on from that one otherwise: where another does, another machine
//     may have made it;
//  3. what stands between the two is of the pass before, and ends with it; nothing that it ends
//     with was written over by the first commit;
//  4. no more than one device was created or deleted, and what commits do to trees;
//  5. each state of the pass was made of the one below it: no other index block stands between the
//     two, what the lower one has up to the upper one's is as it left it, and the last but one is
//     still as a whole: no commit takes a block that the state before it used; nor do the mappings
//     of the two contradict it (is_unbroken, mapping_lives.h);
//  6. what stands between the two is as old as that pass: tables of devices there know none that is
//     younger than in the states of that pass above them (stands_below_younger_table);
//  7. and it was made by that pass alone: bitmaps go on from index block to index block, none of
//     its states has a block that is the index block of another one, and what the pass behind it
//     cannot have taken is as they left it (is_of_one_session).
// Or nothing is on the device but the pass itself, or it is the first one of a pool that was made
// (is_birth). False where the last state of the pass before was written over: then it is not known.
//
// A commit that takes something away looks like the step from what one machine did to what another
// one did that began at an older state. It is a commit
//  - where some of what the last commit that made any mappings made is in the state above
//    (mapping_lives.h), or a leaf that it wrote is (left_a_leaf);
//  - or where the commit left leaves of its work with mappings that these states had made.
// So the pass is followed, and the step to it; of the session before it the lowest states, up to
// one that is older than its last one: what is left of another machine that opened that one stands
// below. Older is what has blocks above its index block which the last state has not, or devices
// that were younger there (precedes).
//
// Where states have so few blocks that a commit or two write all of them anew (is_tiny) no more can
// be said of states that are no longer whole. Nothing is concluded, either, where one of them
// cannot be read at all, or where a block below the last state's index block is part of none of
// the states of the pass nor of that which it was made of: the pass did not write it. In larger
// pools the step between states that are not whole is taken for a commit: likely, no proof.
#pragma once

#include <span>

#include "thin-tools/repair/history/last_state.h"

namespace thin_tools {

// `own`: a position; `states` ascend by their index blocks, and are all that can be read.
bool shows_where_pass_began(const device_scan& device, std::span<const ring_state> states,
                            std::size_t own);

}  // namespace thin_tools
