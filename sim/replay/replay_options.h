// The options of `thin_sim replay`.
#pragma once

#include <set>
#include <span>
#include <string>

#include "sim/replay/replay_settings.h"
#include "thin-tools/console/command_line.h"

namespace sim::replay {

std::span<const thin_tools::option_row> replay_option_rows();

// Those that make sense where sizes are looked for.
std::span<const thin_tools::option_row> size_option_rows();

// Of the trace, of the pool it is replayed on, and of what happens beside it.
std::span<const thin_tools::option_row> trace_option_rows();

// Also an option of other commands that judge.
inline constexpr thin_tools::option_row allow_row{
    0,
    "allow",
    thin_tools::argument::required,
    "WHAT",
    "do not fail for WHAT, e.g. failed-requests; with commas, repeatable",
    false,
    ",nothing-replayed damaged-records lost-records failed-requests out-of-space "
    "unmet-expectations missing-shards"};
// Throws usage_error.
std::set<std::string> allowed_of(const thin_tools::command_line& line);

// True if variants of a sweep may give the option values.
bool may_be_swept(std::string_view option);

// "90s", "10m", "2h", "500ms", "1d"; a number alone is seconds. None if it is no
// time, or 0.
std::optional<virtual_time> parse_duration(std::string_view text);

// What trace_option_rows() and features, kernel and no-space-timeout say. Throws usage_error.
replay_settings parse_trace_settings(const thin_tools::command_line& line,
                                     std::span<const std::string> traces);

// Throws usage_error, and pdata::error for expectations that are wrong.
replay_settings parse_settings(const thin_tools::command_line& line);

}  // namespace sim::replay
