// The states before the last one, as far back as each of them must be the one
// before the next: the past states of past states. What was not written over since
// is as good as the state before the last commit.
#pragma once

#include <memory>
#include <vector>

#include "thin-tools/repair/states/past_trees.h"

namespace thin_tools {

class state_history {
 public:
  state_history(const evidence& device, present_state last, std::uint64_t nr_data_blocks);

  // 0 is the state before the last commit. Null: that far back nothing is certain.
  // Each is read when it is first asked for.
  const past_trees* back(std::size_t i);

 private:
  struct link {
    past_state state;
    std::unique_ptr<past_trees> trees;
  };

  bool go_back();

  const evidence& device_;
  std::uint64_t nr_data_blocks_;
  present_state now_;  // the oldest so far
  std::vector<std::unique_ptr<link>> links_;
  bool ended_ = false;
};

}  // namespace thin_tools
