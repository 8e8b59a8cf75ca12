// The attributes of an element, by a table of those it may have.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace thin_tools {

enum class presence : std::uint8_t { required, optional, ignored };

// Takes one attribute: a number of at most `max` or, if `text` is set, words.
struct attribute_rule {
  const char* name;
  presence needed;
  std::uint64_t* number = nullptr;
  std::uint64_t max = std::numeric_limits<std::uint64_t>::max();
  std::string* text = nullptr;
};

// `attributes` are expat's: names and values in turn, then null. Throws error
// if one is missing or not what the rule wants. Returns the names of those
// without a rule.
std::vector<std::string> read_attributes(const char* const* attributes,
                                         std::span<const attribute_rule> rules);

}  // namespace thin_tools
