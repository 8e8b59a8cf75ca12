// Tries out: what cannot be part of any way to place all subtrees is impossible, and
// what is part of every way is certain. Only for groups of claims that depend on each
// other and are few enough; the number of steps is bounded, and where it does not
// suffice nothing is concluded.
#pragma once

#include "thin-tools/repair/placement/problem.h"

namespace thin_tools {

// Returns true if it found something out.
bool search_placements(placements& of);

}  // namespace thin_tools
