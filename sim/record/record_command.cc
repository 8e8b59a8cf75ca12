#include "sim/record/record_command.h"

#include <fmt/format.h>

#include "sim/record/recorder.h"
#include "sim/replay/replay_options.h"
#include "thin-tools/console/output.h"
#include "thin-tools/files/output_file.h"

namespace sim {

namespace {

using thin_tools::argument;
using thin_tools::command_line;

constexpr thin_tools::option_row options[] = {
    {'o', "output", argument::required, "TRACE", "the file that the trace goes to"},
    {0, "duration", argument::required, "TIME", "how long, e.g. 10m; otherwise until Ctrl-C"},
    {0, "buffer-size", argument::required, "KIB", "of each buffer of a processor (default 512)"},
    {0, "buffers", argument::required, "N", "buffers of each processor, two at least (default 4)"},
    {0, "debugfs", argument::required, "DIR", "where it is mounted (default /sys/kernel/debug)"},
    {'q', "quiet", argument::none, "", "no progress and no summary"},
};

constexpr thin_tools::command_syntax syntax{
    .name = "thin_sim record",
    .summary = "record what block devices are asked for, as thin_sim replay reads it",
    .operands = "DEVICE...",
    .options = options,
};

constexpr std::uint64_t most_buffer_kib = 64 << 10;
constexpr std::uint64_t most_buffers = 64;
constexpr std::uint32_t fewest_buffers = 2;  // one is written while the other is read
constexpr int version_of_old_interface = 1;

record::record_settings settings_of(const command_line& line) {
  record::record_settings wanted;
  wanted.devices = line.operands();
  if (wanted.devices.empty()) throw thin_tools::usage_error("No device given.");
  if (const auto text = line.value("duration")) {
    wanted.duration = replay::parse_duration(*text);
    if (!wanted.duration || *wanted.duration == 0)
      throw thin_tools::invalid_value("duration", *text, "expected a time such as 90s or 10m");
  }
  if (const auto kib = line.number("buffer-size", most_buffer_kib))
    wanted.buffers.bytes = static_cast<std::uint32_t>(*kib << 10);
  if (const auto count = line.number("buffers", most_buffers))
    wanted.buffers.count = static_cast<std::uint32_t>(*count);
  if (wanted.buffers.bytes == 0)
    throw thin_tools::usage_error("buffers of no size cannot hold a trace");
  if (wanted.buffers.count < fewest_buffers)
    throw thin_tools::usage_error(
        "a processor needs two buffers: one is written while the other is read");
  wanted.debugfs = line.value("debugfs").value_or(wanted.debugfs);
  wanted.shows_progress = !line.has("quiet");
  return wanted;
}

int run(const command_line& line) {
  const auto path = line.value("output");
  if (!path) throw thin_tools::usage_error("No output file given: -o TRACE is missing.");
  const auto wanted = settings_of(line);
  const auto output = thin_tools::admit(thin_tools::output_request(*path));
  const auto outcome = record::record_devices(wanted, output);
  if (wanted.shows_progress)
    thin_tools::print(
        stdout, fmt::format("{} records of version {} in {:.1f} s, {} bytes\n", outcome.records,
                            outcome.version, outcome.seconds, outcome.bytes));
  if (outcome.version == version_of_old_interface)
    thin_tools::print(stderr, fmt::format("{}: this kernel has only version 1 of the records, "
                                          "which takes write-zeroes for writes\n",
                                          syntax.name));
  if (outcome.dropped == 0) return thin_tools::exit_good;
  thin_tools::print(
      stderr, fmt::format("{}: the kernel dropped {} records: larger or more buffers may hold "
                          "them (--buffer-size, --buffers)\n",
                          syntax.name, outcome.dropped));
  return thin_tools::exit_bad;
}

}  // namespace

const thin_tools::command thin_sim_record_command{&syntax, run};

}  // namespace sim
