// Numbers and words in the lines of text traces. All functions take what they
// parse off the front of `rest` or leave it alone, and none throws.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sim::trace {

// The whole field as an unsigned decimal number.
inline std::optional<std::uint64_t> decimal(std::string_view field) {
  std::uint64_t value = 0;
  const char* end = field.data() + field.size();
  const auto parsed = std::from_chars(field.data(), end, value);
  if (field.empty() || parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return value;
}

// The whole field as a hexadecimal number, with or without 0x.
std::optional<std::uint64_t> hexadecimal(std::string_view field);

// A decimal number, or a hexadecimal one that begins with 0x.
inline std::optional<std::uint64_t> number(std::string_view field) {
  const bool prefixed = field.size() > 2 && field[0] == '0' && (field[1] == 'x' || field[1] == 'X');
  return prefixed ? hexadecimal(field) : decimal(field);
}

// "2026-11-28T10:00:00.5Z": nanoseconds since 1970 of an ISO 8601 time, with a
// blank for the T, a comma for the point, and an offset like +01:00 if need be;
// without one the time is taken as UTC. None before 1970.
std::optional<std::uint64_t> iso_time_ns(std::string_view field);

// The whole field as a time with an optional fraction, in units of `unit_ns`,
// a power of ten; digits below a nanosecond are dropped. None if it does not fit.
std::optional<std::uint64_t> decimal_time_ns(std::string_view field, std::uint64_t unit_ns);

// The next word, ended by spaces or tabs; empty at the end of the line.
inline std::string_view next_word(std::string_view& rest) {
  std::size_t begin = 0;
  while (begin < rest.size() && (rest[begin] == ' ' || rest[begin] == '\t')) ++begin;
  std::size_t end = begin;
  while (end < rest.size() && rest[end] != ' ' && rest[end] != '\t') ++end;
  const std::string_view word = rest.substr(begin, end - begin);
  rest.remove_prefix(end);
  return word;
}

// The next line without its end; `text` begins with what follows it.
std::string_view take_line(std::string_view& text);

// Without blanks at both ends.
std::string_view trimmed(std::string_view text);

}  // namespace sim::trace
