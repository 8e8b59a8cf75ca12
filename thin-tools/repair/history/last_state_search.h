// The search for the states that may have been the last one (last_state.h), and what it knows of
// states and passes: where a pass began is asked of it, too.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <vector>

#include "thin-tools/repair/history/commit_order.h"
#include "thin-tools/repair/history/last_state.h"
#include "thin-tools/repair/history/whole_states.h"

namespace thin_tools {

// Taking the index block may make other bitmaps change, which stand behind it then.
inline constexpr pdata::metadata_block behind_index_max = 16;
inline constexpr std::uint64_t looks_max = std::uint64_t{1} << 29;  // at words of sets

class last_state_search {
 public:
  struct examined {
    state_condition condition = state_condition::written_over;
    std::optional<whole_state> whole;
  };

  last_state_search(const device_scan& device, std::span<const ring_state> states,
                    std::size_t expected)
      : device_(device), states_(states), expected_(expected), proven_(proven_blocks(device)) {}

  possible_last_states run();

  const examined& examine(std::size_t state);
  bool is_written_over(std::size_t state) {
    return examine(state).condition == state_condition::written_over;
  }
  // The states of the pass that ended with `last`, if no other one below `lowest` was there yet;
  // empty: it cannot have ended with it.
  std::vector<std::size_t> pass_of(std::size_t lowest, std::size_t last);
  bool may_be_next(std::size_t from, std::size_t to);
  const block_set& proven() const { return proven_; }
  bool looked_at_too_much() const { return too_much_; }

 private:
  std::optional<std::size_t> before_growth(std::size_t lowest, std::size_t first);
  std::optional<std::size_t> find_before_growth(std::size_t lowest, std::size_t first);
  bool breaks_a_life(const std::vector<std::size_t>& pass, std::size_t other);
  bool breaks_any_life(const std::vector<std::size_t>& pass,
                       const std::vector<std::size_t>& others);
  bool is_outlived(std::size_t last, const std::vector<std::size_t>& pass);
  bool lowest_comes_after_one_above();
  bool may_be_last(std::size_t state);
  bool is_whole(std::size_t state) { return examine(state).condition == state_condition::whole; }
  bool maps_nothing(std::size_t state);
  void drop_empty(possible_last_states& found);
  bool precedes_one_above(std::size_t state);
  bool has_one_pass();
  bool goes_on_above(std::size_t state);
  void drop_continued(possible_last_states& found);
  void drop_by_devices(possible_last_states& found);

  const device_scan& device_;
  std::span<const ring_state> states_;
  std::size_t expected_;
  block_set proven_;
  std::map<std::size_t, examined> examined_;
  std::map<std::pair<std::size_t, std::size_t>, std::optional<std::size_t>> before_growth_;
  bool too_much_ = false;
};

}  // namespace thin_tools
