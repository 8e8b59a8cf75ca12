// Whether a state of the metadata is still as it left the device: then every node has all its
// parents, and every device as many mappings as its details say.
#pragma once

#include <optional>

#include "thin-tools/repair/history/block_set.h"
#include "thin-tools/repair/history/candidate_pairs.h"
#include "thin-tools/repair/history/generation.h"

namespace thin_tools {

enum class state_condition : std::uint8_t {
  whole,
  damaged,       // blocks of it cannot be read; nothing else speaks against the rest
  written_over,  // what can be read is not what the state left
};

// The roots of the state itself, not those of the metadata snapshot that it holds; none: no
// top level tree and details have any device in common.
std::optional<root_pair> pool_roots(const device_scan& device, const generation& state);

// No node up to `limit` that the state calls its own refers to a block that it calls free.
bool names_free_blocks(const device_scan& device, const pdata::stored_counts& counts,
                       pdata::metadata_block limit);

// Nothing but what the counts and the details of the state say.
bool is_exact(const device_scan& device, const generation& state);

// Blocks of which a whole state shows, if they are among its own, that they are as it left them:
// nodes of mapping trees, top level and details that hold something. Others may be alike in
// different pools.
block_set proven_blocks(const device_scan& device);
bool have_proven_in_common(const device_scan& device, const generation& a, const generation& b);

state_condition condition_of(const device_scan& device, const generation& state);

// Nothing is damaged where a younger state can have been: up to the highest block that was
// ever written, all that the state does not use is readable.
bool history_is_whole(const device_scan& device, const generation& state);

}  // namespace thin_tools
