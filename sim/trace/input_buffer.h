// The look-ahead buffer between a byte source and a parser. Its size does not
// depend on the input: a line that does not fit is dropped.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/trace/byte_source.h"

namespace sim::trace {

class input_buffer {
 public:
  static constexpr std::size_t look_ahead_max = 64 * 1024;  // also the longest line
  static constexpr std::size_t buffer_bytes = 256 * 1024;

  explicit input_buffer(std::unique_ptr<byte_source> source);

  // The next bytes: at least `count` of them unless the input ends before.
  // Requires count <= look_ahead_max. Valid until the next call.
  std::span<const std::byte> peek(std::size_t count);
  // The start of what was not read yet: as many bytes as any input gives, whether it comes in
  // pieces (a pipe) or at once.
  std::span<const std::byte> head() {
    const auto there = peek(look_ahead_max);
    return there.first(std::min(there.size(), look_ahead_max));
  }
  void consume(std::size_t count);  // requires that many were peeked

  struct line {
    std::string_view text;  // without "\n" or "\r\n"; valid until the next call
    bool too_long = false;  // longer than look_ahead_max: dropped, `text` is empty
  };
  // False at the end. A last line without line feed is a line.
  bool next_line(line& into);

  const byte_source& source() const { return *source_; }

 private:
  bool fill();  // false at the end of the source
  void drop_rest_of_line();

  std::unique_ptr<byte_source> source_;
  std::vector<std::byte> bytes_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool ended_ = false;
};

}  // namespace sim::trace
