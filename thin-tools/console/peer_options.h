// Options that a peer has and that have nothing to choose here: accepted, so that scripts
// made for it run, and shown nowhere. thin-provisioning-tools 1.3 hides them, too.
#pragma once

#include "thin-tools/console/command_line.h"

namespace thin_tools {

// How the peer reads: sync, async, io_uring or spindle. There is one way to read here.
inline constexpr option_row io_engine_row{
    0, "io-engine", argument::required, "ENGINE", "accepted and not used", true};

// For tools that have no more to say.
inline constexpr option_row unused_verbose_row{
    'v', "verbose", argument::none, "", "accepted and not used", true};

// Throws usage_error for an engine that the peer does not have, either.
void check_peer_options(const command_line& line);

}  // namespace thin_tools
