// Whether the mappings of states that stand one above the other went from commit to commit as one
// machine takes data blocks. The premises only ever rule out; where there is too much to read
// nothing is concluded.
//  1. A data block that was in use before a commit is not taken by it (Linux 6.1
//     dm-space-map-disk.c, sm_disk_new_block): what is mapped elsewhere afterwards was free.
//  2. Data blocks are taken in a row, so that what was given back is taken again when the end of
//     the data device was reached, or the pool was opened: that a range then gets the same block
//     as before would be chance.
//  3. What a state has and the next one has not was taken away by that commit, if one machine made
//     both. It was lost where two did: then nothing is left of what the states before changed.
#pragma once

#include <map>
#include <set>

#include "thin-tools/repair/history/commit_order.h"
#include "thin-tools/repair/history/tree_difference.h"

namespace thin_tools {

class mapping_lives {
 public:
  explicit mapping_lives(const device_scan& device) : device_(device) {}

  // The next commit, of which the states are whole. False: it contradicts the first premise.
  bool go_on(const whole_state& from, const whole_state& to);

  // Of the last commit: it took nothing away, or something that one before it had changed is as
  // that left it, or nothing had been changed, or nearly all that it took away was older than that.
  // False as well where there was too much to read.
  bool goes_on_for_certain() const;

  // A leaf has a mapping that an earlier one of these commits made and the last one took away.
  bool has_undone(pdata::metadata_block leaf);

  // A mapping that one of these commits took away is in the state again, as it was: it contradicts
  // the second premise.
  bool came_back(const whole_state& last);

 private:
  using range_mapping = std::pair<std::uint64_t, std::uint64_t>;  // key and value

  struct device_changes {
    std::set<range_mapping> taken_away;
    std::set<range_mapping> made;  // and not taken away since
    std::uint64_t nr_gone = 0;     // taken away, and not made again
  };

  void note_changes(pdata::device_id id, const leaf_entries& before, const leaf_entries& after);

  const device_scan& device_;
  std::map<pdata::device_id, device_changes> changes_;
  std::size_t nr_taken_away_ = 0;
  std::set<range_mapping> undone_;  // made before, and taken away by the last commit
  std::uint64_t nr_older_taken_away_ = 0;
  bool took_nothing_away_ = false;
  bool keeps_a_change_ = false;
  bool any_change_before_ = false;
  std::size_t nr_left_ = std::size_t{1} << 16;  // leaves to be read
};

}  // namespace thin_tools
