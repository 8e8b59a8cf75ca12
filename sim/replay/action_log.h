// What a replay does to its devices, as the commands of a scenario.
#pragma once

#include <string>
#include <vector>

#include "sim/dm/request.h"

namespace sim::replay {

class action_log {
 public:
  // Time passes before the next line.
  void pass(virtual_time time) { passed_ += time; }
  void request(const std::string& device, const block_request& what, std::uint64_t number);
  void command(std::string line) { add(std::move(line)); }
  void comment(const std::string& text) { add("# " + text); }

  const std::vector<std::string>& lines() const { return lines_; }
  // With the time that has passed since the last of them.
  std::vector<std::string> lines_until_now() const;

 private:
  void add(std::string line);
  std::string pause() const;

  virtual_time passed_ = 0;
  std::vector<std::string> lines_;
};

}  // namespace sim::replay
