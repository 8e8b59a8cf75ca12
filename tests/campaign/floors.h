// What a run must reach at least, by kind of damage: a file of lines
// "KIND | kept of the bound, % | wrong mappings | silent images | broken results".
// A repair that grows better makes the numbers stricter; the goal for all kinds but
// lies is 100, 0, 0 and 0, for lies no broken ones.
#pragma once

#include <map>
#include <string>

namespace campaign {

struct floor {
  double kept = 0;           // percent of the bound, at least
  unsigned long wrong = 0;   // unmarked wrong mappings, at most
  unsigned long silent = 0;  // images, at most
  unsigned long broken = 0;  // results, at most
};

// Throws std::runtime_error for a line that is none.
std::map<std::string, floor> read_floors(const std::string& path);

}  // namespace campaign
