// flakey: a device that is well for some seconds and fails for some, over and over. Rules:
// Linux 6.1 dm-flakey.c.
//
// Not simulated: the corruption of bios that have certain flags (bio_flags other than 0), and
// random corruption.
#pragma once

#include <memory>

#include "sim/dm/target.h"

namespace sim {

std::unique_ptr<target_type> flakey_type();

}  // namespace sim
