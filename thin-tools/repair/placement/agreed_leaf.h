// A leaf that no tree had: the mappings which leaves of several subtrees have in
// common, where one of these subtrees certainly belongs and it is not known which.
// Kept as a recipe, and put together when it is needed: there may be many.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "persistent-data/base/ids.h"
#include "persistent-data/btree/entry_list.h"
#include "persistent-data/io/block_device.h"

namespace thin_tools {

// What leaves of some subtrees agree on; of one subtree: what its leaf holds.
struct agreed_part {
  // The first one holds whatever they agree on; the others stand in the other
  // subtrees, as often as they stand there.
  std::vector<pdata::metadata_block> sources;
  std::uint32_t nr_subtrees = 0;
  std::uint64_t first_key = 0;
  std::uint64_t last_key = 0;  // of what is taken
  std::uint32_t nr_entries = 0;

  friend auto operator<=>(const agreed_part&, const agreed_part&) = default;
};

struct agreed_leaf {
  std::vector<agreed_part> parts;  // in key order
  std::uint32_t nr_entries = 0;

  std::uint64_t first_key() const { return parts.front().first_key; }
  std::uint64_t last_key() const { return parts.back().last_key; }
  friend auto operator<=>(const agreed_leaf&, const agreed_leaf&) = default;
};

// Which values can be true: no others are taken.
using value_filter = std::function<bool(std::uint64_t value)>;

// The entries from first_key to last_key that a leaf of each subtree has. Throws
// error if a leaf cannot be read again.
pdata::entry_list put_together(pdata::block_device& device, const agreed_part& part,
                               const value_filter& possible);
pdata::entry_list put_together(pdata::block_device& device, const agreed_leaf& leaf,
                               const value_filter& possible);

}  // namespace thin_tools
