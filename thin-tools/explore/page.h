// What is seen at a place: lines of text, some of which lead elsewhere. Lines are made when they
// are asked for, so that a page may have millions.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "thin-tools/explore/place.h"

namespace thin_tools::explore {

enum class look : std::uint8_t { plain, heading, dim, damaged };

struct line {
  std::string text;  // ASCII, without control characters
  look how = look::plain;
  std::optional<place> target = std::nullopt;  // where Enter leads
};

class page {
 public:
  std::string title;        // "device 3"
  std::vector<line> lines;  // then rows:
  std::size_t nr_rows = 0;
  std::function<line(std::size_t)> row;  // below nr_rows
  std::size_t start = 0;                 // the line to stand on at first

  std::size_t size() const { return lines.size() + nr_rows; }
  // Requires index < size().
  line at(std::size_t index) const {
    return index < lines.size() ? lines[index] : row(index - lines.size());
  }

  void add(std::string text, look how = look::plain) { lines.push_back({std::move(text), how}); }
  void add_link(std::string text, place target, look how = look::plain) {
    lines.push_back({std::move(text), how, std::move(target)});
  }
};

// What is no printable ASCII becomes '?': names and paths may hold anything.
std::string printable(std::string_view text);

}  // namespace thin_tools::explore
