#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "persistent-data/io/file_device.h"
#include "thin-tools/check/check.h"
#include "thin-tools/check/report_json.h"
#include "thin-tools/check/report_text.h"
#include "thin-tools/commands/tool_commands.h"
#include "thin-tools/console/output.h"
#include "thin-tools/console/peer_options.h"
#include "thin-tools/console/progress_line.h"
#include "thin-tools/files/lvm_names.h"
#include "thin-tools/files/metadata_file.h"
#include "thin-tools/repair/history/younger_state.h"

namespace thin_tools {

namespace {

constexpr option_row options[] = {
    heading("What is checked"),
    {'m', "metadata-snap", argument::none, "",
     "check the metadata snapshot; works while the pool is active"},
    {0, "super-block-only", argument::none, "", "check the superblock only"},
    {0, "skip-mappings", argument::none, "", "check devices, not their mappings"},
    {0, "override-mapping-root", argument::required, "BLOCK",
     "check the mapping tree at this block instead"},
    {0, "override-details-root", argument::required, "BLOCK",
     "check the device details tree at this block instead"},
    heading("Repair in place"),
    {0, "auto-repair", argument::none, "",
     "repair leaks and clear the flag if nothing else is wrong"},
    {0, "clear-needs-check-flag", argument::none, "",
     "the same; may be combined with partial checks"},
    heading("Report"),
    {0, "ignore-non-fatal-errors", argument::none, "", "leaks do not count as failure"},
    {'q', "quiet", argument::none, "", "no output, only the exit status"},
    lvm_row,
    {'v', "verbose", argument::none, "", "list every finding, not a screen of them"},
    {0, "json", argument::none, "", "print the report as JSON"},
    {0, "metadata-snapshot", argument::none, "", "the same", true},
    io_engine_row,
};
constexpr command_syntax syntax{"thin_check", "Check thin provisioning metadata.", "{device|file}",
                                options};

// Which options a repair cannot be combined with: those under which it is not
// the active metadata that is checked, and for --auto-repair also those that
// leave something out.
void refuse_combinations(const command_line& line) {
  const auto refuse = [&](const char* option, std::initializer_list<const char*> others) {
    if (!line.has(option)) return;
    for (const auto* other : others)
      if (line.has(other))
        throw usage_error(fmt::format(
            "thin_check: cannot perform fix: --{} cannot be used with --{}", option, other));
  };
  refuse("auto-repair",
         {"metadata-snap", "metadata-snapshot", "override-mapping-root", "override-details-root",
          "super-block-only", "skip-mappings", "ignore-non-fatal-errors"});
  refuse("clear-needs-check-flag",
         {"metadata-snap", "metadata-snapshot", "override-mapping-root", "override-details-root"});
}

check_options read_options(const command_line& line) {
  check_options wanted;
  if (line.has("super-block-only"))
    wanted.depth = check_depth::superblock;
  else if (line.has("skip-mappings"))
    wanted.depth = check_depth::devices;
  wanted.trees.from_snapshot = line.has("metadata-snap") || line.has("metadata-snapshot");
  wanted.trees.mapping_root = line.number("override-mapping-root");
  wanted.trees.details_root = line.number("override-details-root");
  if (line.has("auto-repair") || line.has("clear-needs-check-flag"))
    wanted.repair = repair_scope::leaks_and_flag;
  return wanted;
}

// The device, for writing if a repair is wanted. One that can only be read is
// checked all the same: most often there is nothing to repair.
struct opened_input {
  std::unique_ptr<pdata::file_device> device;
  std::optional<pdata::error> not_writable;
};

opened_input open_input(const std::string& path, check_options& wanted) {
  if (wanted.trees.from_snapshot) return {open_metadata(path, pass::claim::shared), std::nullopt};
  std::optional<pdata::error> not_writable;
  if (wanted.repair != repair_scope::nothing) {
    try {
      return {open_metadata(admit({"metadata", path, use::write})), std::nullopt};
    } catch (const pdata::error& e) {
      not_writable = e;
      wanted.repair = repair_scope::nothing;
    }
  }
  return {open_metadata(path), not_writable};
}

std::string progress_text(const check_progress& progress) {
  const std::uint64_t expected = progress.blocks_expected;
  const std::uint64_t percent =
      expected == 0 ? 0 : std::min<std::uint64_t>(100, progress.blocks_read * 100 / expected);
  return fmt::format("checking {}: {}%", progress.phase.load(), percent);
}

void print_report(const command_line& line, const check_report& report, const std::string& input) {
  if (line.has("json")) return print(stdout, report_json(report, input));
  // The state of a snapshot that cannot be trusted is not told.
  const bool from_snapshot = line.has("metadata-snap") || line.has("metadata-snapshot");
  if (report.superblock && !(from_snapshot && report.nr_fatal != 0))
    print(stdout, summary_text(report));
  flush_output(stdout);
  const auto length = line.has("verbose") ? report_length::everything : report_length::screen;
  print(stderr, report_text(report, input, length));
}

int exit_status(const command_line& line, const check_report& report) {
  switch (report.outcome()) {
    case verdict::healthy:
    case verdict::tolerable:
      return exit_good;
    case verdict::leaks:
      return line.has("ignore-non-fatal-errors") ? exit_good : exit_bad;
    case verdict::damaged:
      break;
  }
  return exit_bad;
}

// An old superblock is as sound as a young one.
void note_younger_state(pdata::block_device& device, const check_options& wanted,
                        check_report& report) {
  const auto& trees = wanted.trees;
  if (!report.superblock || wanted.depth != check_depth::everything || trees.from_snapshot ||
      trees.mapping_root || trees.details_root)
    return;
  pdata::batch_reader reader(device);
  const auto younger = find_younger_state(reader, *report.superblock);
  if (!younger) return;
  report.notes.push_back(fmt::format(
      "a younger whole state is on this device: {} devices, the last of transaction {} (time {}); "
      "the superblock's is of transaction {} (time {}); see thin_repair --list-roots, mapping root "
      "{}, details root {}",
      younger->nr_devices, younger->newest_transaction, younger->newest_time,
      report.superblock->transaction_id, report.superblock->time, younger->mapping_root,
      younger->details_root));
}

int run(const command_line& line) {
  const device_names names(line);  // in messages
  refuse_combinations(line);
  const auto input = line.sole_operand();
  const bool quiet = line.has("quiet");
  try {
    check_progress progress;
    check_options wanted = read_options(line);
    wanted.progress = &progress;
    const auto [device, not_writable] = open_input(input, wanted);
    std::optional<progress_line> shown;
    if (!quiet) shown.emplace([&] { return progress_text(progress); });
    auto report = check(*device, input, wanted);
    note_younger_state(*device, wanted, report);
    shown.reset();
    if (!quiet) print_report(line, report, input);
    const bool repairable = report.nr_fatal == 0 && (report.nr_leaks != 0 || report.needs_check());
    if (not_writable && repairable) throw pdata::error(*not_writable);
    return exit_status(line, report);
  } catch (const pdata::error&) {
    if (!quiet) throw;
    return exit_bad;
  }
}

}  // namespace

const command thin_check_command{&syntax, run};

}  // namespace thin_tools
