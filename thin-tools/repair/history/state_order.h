// Which of two states of the metadata is the older one, as far as their devices
// prove it. The pool's time and transaction id never go back, and devices carry
// those of their creation and of the last snapshot (Linux 6.1 dm-thin-metadata.c):
// a device that was created again has later ones, and one that is older than
// something the other state knows is not yet to come there: it was deleted.
#pragma once

#include <string>
#include <vector>

#include "thin-tools/repair/history/candidate_pairs.h"

namespace thin_tools {

enum class state_order : std::uint8_t {
  unknown,  // nothing tells, or both at once
  same,     // the same devices with the same trees
  older,    // the first one is
  newer,
};

// What a pair of roots says of the pool.
struct pool_state {
  root_pair roots;
  top_level top;
  details_table details;
};

pool_state read_state(const device_scan& device, const root_pair& roots);

// By its details: no devices, or none with mappings.
bool maps_nothing(const pool_state& state);

state_order compare_states(const pool_state& a, const pool_state& b);

// Something of `later` is older than `earlier`: that came not before it, and if the same is so the
// other way round the two are of different pools.
bool contradicts_order(const pool_state& earlier, const pool_state& later);

// A device of both is younger in the first: created later, or with a later snapshot.
bool has_younger_device(const details_table& first, const details_table& second);
// Or the first has one that the second has not.
bool has_younger_or_other_device(const details_table& first, const details_table& second);

// Positions of the states that no other one is provably newer than, one of equal
// ones; more than one: which was the last is not known.
std::vector<std::size_t> possibly_last(const std::vector<pool_state>& states);

}  // namespace thin_tools
