// Whether the mappings of states that stand one above the other went from commit to commit as one
// machine takes data blocks. The premises only ever rule out; where there is too much to read
// nothing is concluded.
//  1. A data block that was in use before a commit is not taken by it (Linux 6.1
//     dm-space-map-disk.c, sm_disk_new_block): what is mapped elsewhere afterwards was free.
//  2. Data blocks are taken in a row, so that what was given back is taken again when the end of
//     the data device was reached, or the pool was opened: that a range then gets the same block
//     as before would be chance.
//  3. What a state has and the next one has not was taken away by that commit, if one machine made
//     both. Where two did, another one's work was lost: all that was made since the states parted.
//     So where something of what was made last is left, the next state was made of this one.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "thin-tools/repair/history/commit_order.h"
#include "thin-tools/repair/history/tree_difference.h"

namespace thin_tools {

class mapping_lives {
 public:
  // Whether two machines may have made the same device of the same mappings, as next thing each.
  enum class twins : std::uint8_t { possible, excluded };
  mapping_lives(const device_scan& device, twins which) : device_(device), twins_(which) {}

  // The next commit, of which the states are whole. False: it contradicts the first premise.
  bool go_on(const whole_state& from, const whole_state& to);

  // Of the last commit: it took nothing away, or left something of what the last one before it that
  // made any had made. False as well where there was too much to read.
  bool goes_on_for_certain() const { return took_nothing_away_ || left_of_last_made_; }

  // A leaf has a mapping that an earlier one of these commits made and the last one took away.
  bool has_undone(pdata::metadata_block leaf);

  // A mapping that one of these commits took away is in the state again, as it was: it contradicts
  // the second premise.
  bool came_back(const whole_state& last);

 private:
  using range_mapping = std::pair<std::uint64_t, std::uint64_t>;  // key and value

  struct commit {
    std::uint64_t nr_made = 0;  // mappings that are still there, in snapshots as well
    std::optional<pdata::device_id> new_device;
    bool made_more = false;  // than is followed
    bool is_left() const { return nr_made != 0 || new_device || made_more; }
  };
  struct device_changes {
    std::set<range_mapping> taken_away;
    std::map<range_mapping, std::size_t> made;  // and not taken away since; by which commit
  };

  void note_changes(pdata::device_id id, const leaf_entries& before, const leaf_entries& after);
  void note_new_device(pdata::device_id id, const leaf_entries& after);
  void forget_deleted_devices(const whole_state& now);
  bool is_left_of(const commit& made, const whole_state& before, const whole_state& now) const;
  // The last one of which something is left.
  std::optional<std::size_t> last_that_made() const;

  const device_scan& device_;
  twins twins_;
  std::map<pdata::device_id, device_changes> changes_;
  std::vector<commit> commits_;
  std::size_t nr_taken_away_ = 0;
  std::size_t nr_made_ = 0;
  std::set<range_mapping> undone_;  // made before, and taken away by the last commit
  bool took_nothing_away_ = false;
  bool left_of_last_made_ = false;
  std::size_t nr_left_ = std::size_t{1} << 16;  // leaves to be read
};

}  // namespace thin_tools
