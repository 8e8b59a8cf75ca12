// Which format a trace is in, from its first bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sim::trace {

enum class trace_format : std::uint8_t {
  blktrace,
  blkparse,
  fio,
  vscsi,
  msr,
  alibaba,
  tencent,
  csv  // with a header, or columns that the user names
};

std::string_view name_of(trace_format format);
// The format with that name; none if there is none.
std::optional<trace_format> format_of_name(std::string_view name);
// "blktrace, blkparse, ...", for messages and help.
std::string format_names();

// None if the content is of no known format. `head` is the start of the trace,
// as much of it as the look-ahead buffer gives.
std::optional<trace_format> detect_format(std::span<const std::byte> head);

// The first line of the head, without its end.
std::string_view first_line_of(std::span<const std::byte> head);

}  // namespace sim::trace
