#include "thin-tools/check/report_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "persistent-data/format/damage_catalogue.h"

namespace thin_tools {

using namespace pdata;

namespace {

bool found(const check_report& report, damage_id id) {
  return std::ranges::any_of(report.findings, [id](const damage& f) { return f.id == id; });
}

std::string count_lines(const check_report& report) {
  std::string text;
  const auto add = [&](std::uint64_t number, const char* what) {
    if (number != 0) text += fmt::format("{} {}\n", number, what);
  };
  const bool repaired = report.counts_repaired;
  add(report.leaked_metadata_blocks,
      repaired ? "leaked metadata blocks were given back" : "metadata blocks have leaked");
  add(report.leaked_data_blocks,
      repaired ? "leaked data blocks were given back" : "data blocks have leaked");
  add(report.undercounted_metadata_blocks, "metadata blocks have bad reference counts");
  add(report.undercounted_data_blocks, "data blocks have bad reference counts");
  return text;
}

std::string device_line(const damaged_device& device) {
  const std::uint64_t lost =
      device.expected_mappings - std::min(device.readable_mappings, device.expected_mappings);
  return fmt::format("{}thin device {}: {} of {} mappings can be read, {} are lost\n",
                     device.in_snapshot ? "metadata snapshot's " : "", device.id,
                     device.readable_mappings, device.expected_mappings, lost);
}

}  // namespace

std::string advice(const check_report& report, const std::string& name) {
  if (report.outcome() == verdict::damaged) {
    if (report.superblock && report.nr_fatal == 1 &&
        found(report, damage_id::superblock_incompat_features))
      return "what to do: use the tools that belong to the kernel that set these features";
    return fmt::format(
        "what to do: repair it to another device (thin_repair -i {} -o SPARE), and keep this one",
        name);
  }
  if (report.outcome() == verdict::leaks)
    return fmt::format("what to do: give the space back with thin_check --auto-repair {}", name);
  if (report.needs_check())
    return fmt::format(
        "what to do: nothing is damaged; clear the flag with thin_check --clear-needs-check-flag "
        "{}",
        name);
  if (report.outcome() == verdict::tolerable)
    return "what to do: nothing, what was found does no harm";
  return "what to do: nothing, all is well";
}

std::string report_text(const check_report& report, const std::string& name) {
  std::string text;
  for (const auto& finding : report.findings)
    text +=
        fmt::format("{}: {}\n", severity_id(catalogue_row(finding.id).severity), describe(finding));
  if (report.nr_unlisted != 0)
    text += fmt::format("{} more findings are not listed\n", report.nr_unlisted);
  for (const auto& device : report.devices) text += device_line(device);
  text += count_lines(report);
  if (report.flag_cleared) text += "Cleared needs_check flag\n";
  return text + advice(report, name) + "\n";
}

std::string summary_text(const check_report& report) {
  return fmt::format("TRANSACTION_ID={}\nMETADATA_FREE_BLOCKS={}\n", report.transaction_id,
                     report.metadata_free_blocks);
}

}  // namespace thin_tools
