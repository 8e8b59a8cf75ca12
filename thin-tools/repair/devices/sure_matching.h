// Who owns what, where several could: trees and devices, one tree for each device.
// Only what is so in every possible solution is an answer.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace thin_tools {

struct owner_puzzle {
  struct tree {
    std::uint32_t nr_owners = 1;      // that it has in every solution
    std::vector<std::size_t> owners;  // who may be among them, each once
    bool may_have_newcomers = true;   // owners that are not among the devices
    bool may_have_none = false;       // it may be no tree of a device at all
  };
  std::vector<tree> trees;
  std::size_t nr_devices = 0;
  std::size_t nr_newcomers = 0;  // at most
  std::size_t nr_treeless = 0;   // devices that may have none of these trees, at most
};

struct owner_answer {
  std::optional<std::size_t> sure;      // the tree that the device has in every solution
  std::optional<std::size_t> possible;  // one that it has in some solution
  bool has_one = false;                 // it has a tree in every solution
};

// By device. Without any solution nothing is said.
std::vector<owner_answer> solve(const owner_puzzle& puzzle);

}  // namespace thin_tools
