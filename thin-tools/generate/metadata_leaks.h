// Wrong reference counts in the metadata space map, planted by a transaction like
// any other: everything else about the metadata stays sound.
#pragma once

#include <cstdint>
#include <string>

#include "persistent-data/io/block_device.h"
#include "persistent-data/survey/pool_layout.h"

namespace thin_tools {

struct planted_counts {
  std::uint64_t nr_blocks = 0;
  std::uint32_t expected = 0;  // the count that blocks are picked by
  std::uint32_t actual = 0;    // what is stored instead
};

// Picks the last blocks with that count, but none of the space map's own, whose
// counts the transaction itself changes. Throws error, with nothing in use changed,
// if there are not enough or the metadata cannot be changed.
void create_metadata_leaks(pdata::block_device& device, const std::string& name,
                           const pdata::pool_layout& layout, const planted_counts& planted);

}  // namespace thin_tools
