// Whether the mappings of states that stand one above the other went from commit to commit as one
// machine takes data blocks. The premises only ever rule out; where there is too much to read
// nothing is concluded.
//  1. A data block that was in use before a commit is not taken by it (Linux 6.1
//     dm-space-map-disk.c, sm_disk_new_block): what is mapped elsewhere afterwards was free.
//  2. Data blocks are taken in a row, so that what was given back is taken again when the end of
//     the data device was reached, or the pool was opened: that a range then gets the same block
//     as before would be chance.
#pragma once

#include <map>
#include <set>

#include "thin-tools/repair/history/commit_order.h"

namespace thin_tools {

class mapping_lives {
 public:
  explicit mapping_lives(const device_scan& device) : device_(device) {}

  // The next commit, of which the states are whole. False: it contradicts the first premise.
  bool go_on(const whole_state& from, const whole_state& to);

  // A mapping that one of these commits took away is in the state again, as it was: it contradicts
  // the second premise.
  bool came_back(const whole_state& last);

 private:
  using range_mapping = std::pair<std::uint64_t, std::uint64_t>;  // key and value

  const device_scan& device_;
  std::map<pdata::device_id, std::set<range_mapping>> taken_away_;
  std::size_t nr_taken_away_ = 0;
  std::size_t nr_left_ = std::size_t{1} << 16;  // leaves to be read
};

}  // namespace thin_tools
