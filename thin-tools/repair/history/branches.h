// Whether a state may go back to one that is older than what stands above it on the device, as
// where two machines had the pool in use. Each premise by itself:
//  1. The states above it are of the pass before, as far as each may be the commit after the one
//     below. A block that one of them had set free and that the state uses all the same was taken
//     since: by a pass that came by there, or, if none can have, by nobody.
//  2. The pass of the state itself came as far as its index block; that before as far as the
//     last of the run, or to where an older pass begins.
//  3. A device may have grown since: of blocks that no state of the run used nothing is said.
// Where an older pass looks as if it went on with the run, the first does not hold: this shows what
// is possible, and proves nothing.
#pragma once

#include <span>

#include "thin-tools/repair/history/last_state.h"

namespace thin_tools {

// `states` ascend by their index blocks; `index`: that of one of them. One state above alone may be
// that of a commit which failed, and which the pool then took back: it takes two.
bool may_be_of_another_branch(std::span<const ring_state> states, pdata::metadata_block index,
                              pdata::metadata_block nr_blocks);

}  // namespace thin_tools
