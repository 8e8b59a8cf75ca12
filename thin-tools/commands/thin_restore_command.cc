#include <fmt/format.h>

#include "thin-tools/check/result_check.h"
#include "thin-tools/commands/tool_commands.h"
#include "thin-tools/console/output.h"
#include "thin-tools/console/peer_options.h"
#include "thin-tools/console/progress_line.h"
#include "thin-tools/files/lvm_names.h"
#include "thin-tools/restore/restore.h"

namespace thin_tools {

namespace {

constexpr option_row options[] = {
    heading("Files"),
    {'i', "input", argument::required, "FILE", "XML or JSON of thin_dump; - for standard input"},
    {'o', "output", argument::required, "{device|file}", "existing device or file to write"},
    {0, "share", argument::none, "",
     "write leaves that several devices have in common once (the default)"},
    {0, "no-share", argument::none, "",
     "share only what the input says is shared, and what would not fit otherwise"},
    heading("Instead of what the input says"),
    {0, "transaction-id", argument::required, "N", "instead of the input's transaction id"},
    {0, "data-block-size", argument::required, "SECTORS", "instead of the input's data block size"},
    {0, "nr-data-blocks", argument::required, "N", "instead of the input's number of data blocks"},
    heading("Messages"),
    lvm_row,
    {'q', "quiet", argument::none, "", "no output but errors"},
    unused_verbose_row,
    io_engine_row,
};
constexpr command_syntax syntax{
    "thin_restore", "Restore thin provisioning metadata from XML or JSON.", "", options};

std::string progress_text(const restore_progress& progress) {
  if (progress.writing) return "writing";
  const std::uint64_t all = progress.bytes_expected;
  const std::uint64_t mib = progress.bytes_read >> 20;
  if (all == 0) return fmt::format("reading: {} MiB", mib);
  return fmt::format("reading: {}%", progress.bytes_read * 100 / all);
}

int run(const command_line& line) {
  const device_names names(line);  // in messages
  restore_options how;
  how.input = line.required_value("input", "No input file provided.");
  how.output = line.required_value("output", "No output file provided.");
  line.expect_no_operands();
  how.overrides.transaction_id = line.number("transaction-id");
  if (const auto size = line.number("data-block-size", UINT32_MAX))
    how.overrides.data_block_size = static_cast<std::uint32_t>(*size);
  how.overrides.nr_data_blocks = line.number("nr-data-blocks");
  if (line.has("share") && line.has("no-share"))
    throw usage_error("--share and --no-share contradict each other");
  if (line.has("no-share")) how.shared = sharing::as_told;

  restore_progress progress;
  warning_listener warn = [](const std::string&) {};
  const auto examine = [&](pdata::block_device& output) {
    const auto changes = check_result(output, how.output).changes();
    if (!changes.empty()) warn(changes);
  };
  if (line.has("quiet")) {
    restore(how, warn, examine, progress);
    return exit_good;
  }
  const progress_line shown([&progress] { return progress_text(progress); });
  warn = [&how](const std::string& warning) {
    print(stderr, fmt::format("{}: {}\n", how.input, warning));
  };
  restore(how, warn, examine, progress);
  return exit_good;
}

}  // namespace

const command thin_restore_command{&syntax, run};

}  // namespace thin_tools
