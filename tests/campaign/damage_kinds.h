// The kinds of damage that the campaign does.
#pragma once

#include <random>
#include <span>
#include <string_view>

#include "persistent-data/io/memory_device.h"
#include "tests/campaign/pool_anatomy.h"

namespace campaign {

enum class severity_of_harm : std::uint8_t {
  plain,  // checksums show it
  lie,    // resealed: only contents can contradict it
};

struct damage_kind {
  std::string_view name;
  std::vector<organ> aim;  // one of them for each hit
  unsigned most_hits;      // 1 to so many blocks
  severity_of_harm harm;
};

std::span<const damage_kind> damage_kinds();

// Damages the pool; the same generator gives the same damage. Returns the
// blocks that were hit; none: the pool has nothing of the kind.
std::vector<pdata::metadata_block> do_damage(const damage_kind& kind, const pool_anatomy& body,
                                             pdata::memory_device& pool,
                                             std::mt19937_64& generator);

}  // namespace campaign
