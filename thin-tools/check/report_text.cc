#include "thin-tools/check/report_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/damage_catalogue.h"

namespace thin_tools {

using namespace pdata;

namespace {

constexpr std::size_t lines_max = 16;  // of findings, and as many devices at most: a screen
constexpr std::size_t devices_shown_max = 4;

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
  const bool summaries = found(report, damage_id::index_nr_free_low) ||
                         found(report, damage_id::index_none_free_before) ||
                         found(report, damage_id::nr_allocated_high);
  if (repaired && summaries) text += "the free counts of index and root were corrected\n";
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

std::string device_lines(const check_report& report, report_length length) {
  const auto& devices = report.devices;
  const bool all = length == report_length::everything || devices.size() <= devices_shown_max;
  const auto nr_shown = all ? devices.size() : devices_shown_max;
  std::string text;
  for (std::size_t i = 0; i < nr_shown; ++i) text += device_line(devices[i]);
  if (nr_shown == devices.size()) return text;
  damaged_device rest;
  for (auto i = nr_shown; i < devices.size(); ++i) {
    rest.expected_mappings += devices[i].expected_mappings;
    rest.readable_mappings += devices[i].readable_mappings;
  }
  return text + fmt::format("{} more thin devices: {} of {} mappings can be read\n",
                            devices.size() - nr_shown, rest.readable_mappings,
                            rest.expected_mappings);
}

std::string finding_line(const damage& finding) {
  return fmt::format("{}: {}\n", severity_id(catalogue_row(finding.id).severity),
                     describe(finding));
}

// What one line can speak of together.
auto kind_of(const damage& finding) {
  return std::tuple(finding.id, finding.where, finding.in_snapshot);
}

std::string rest_line(const damage& model, std::uint64_t number) {
  damage place = model;
  place.device.reset();
  return fmt::format("{}: {}: {} more like this (-v shows all)\n",
                     severity_id(catalogue_row(model.id).severity), describe_place(place), number);
}

// Each kind where its first finding stands.
std::string finding_lines(const check_report& report, report_length length) {
  std::string text;
  const auto& findings = report.findings;
  if (length == report_length::everything || findings.size() <= lines_max) {
    for (const auto& finding : findings) text += finding_line(finding);
    return text;
  }
  std::map<decltype(kind_of(findings.front())), std::uint64_t> numbers;
  for (const auto& finding : findings) ++numbers[kind_of(finding)];
  const auto nr_each = std::max<std::uint64_t>(2, lines_max / numbers.size()) - 1;
  std::map<decltype(kind_of(findings.front())), std::uint64_t> shown;
  for (const auto& finding : findings) {
    auto& nr_shown = shown[kind_of(finding)];
    const auto number = numbers[kind_of(finding)];
    if (nr_shown++ < nr_each) text += finding_line(finding);
    if (nr_shown == nr_each && number > nr_each) text += rest_line(finding, number - nr_each);
  }
  return text;
}

// Where snapshot times alone are wrong: one that is above those of all mappings.
std::optional<std::uint32_t> time_that_protects(const check_report& report) {
  const auto nr_times = static_cast<std::uint64_t>(
      std::ranges::count(report.findings, damage_id::shared_block_times, &damage::id));
  if (!report.superblock || nr_times == 0 || nr_times != report.nr_fatal) return std::nullopt;
  return report.superblock->time + 1;
}

// Metadata that is as large as it can be is not extended any more (Linux 6.1
// dm-thin-metadata.h: THIN_METADATA_MAX_SECTORS).
std::string full_advice(const check_report& report) {
  const char* sound = report.not_checked.empty() ? ", not damaged" : "";
  if (report.metadata_blocks < max_metadata_blocks)
    return fmt::format(
        "extend the metadata device before the pool is used (lvextend --poolmetadatasize); it is "
        "full{}",
        sound);
  return fmt::format(
      "delete snapshots or devices that are not needed; the metadata is full{}, and cannot grow",
      sound);
}

std::string damage_advice(const check_report& report, const std::string& name) {
  if (report.superblock && report.nr_fatal == 1 &&
      found(report, damage_id::superblock_incompat_features))
    return "use the tools that belong to the kernel that set these features";
  if (report.of_snapshot)
    return fmt::format(
        "check all of it (thin_check {}) when the pool is inactive: what the metadata snapshot "
        "shares with the active metadata is damaged there, too",
        name);
  if (const auto time = time_that_protects(report))
    return fmt::format(
        "thin_dump {}, set time of the superblock and snap_time of these devices to {}, and "
        "thin_restore it to another device; what is shared is copied then",
        name, *time);
  return fmt::format("repair it to another device (thin_repair -i {} -o SPARE), and keep this one",
                     name);
}

// Of what was checked; where that is not all it is no proof that all is well.
std::string advice_on_findings(const check_report& report, const std::string& name) {
  const bool partial = !report.not_checked.empty();
  if (report.outcome() == verdict::damaged) return damage_advice(report, name);
  if (report.outcome() == verdict::leaks)
    return fmt::format(
        "give the space back with thin_check --auto-repair {}{}", name,
        report.metadata_full() ? "; if the metadata is full even then, extend it" : "");
  if (report.metadata_full()) return full_advice(report);
  if (report.needs_check() && partial)
    return fmt::format(
        "check all of it (thin_check {}) when the pool is inactive: the kernel wants it to be "
        "checked (needs_check)",
        name);
  if (partial) return "nothing about what was checked";
  if (report.needs_check())
    return fmt::format(
        "nothing is damaged; clear the flag with thin_check --clear-needs-check-flag {}", name);
  if (!report.notes.empty()) return "nothing is damaged; see what is noted";
  if (report.outcome() == verdict::tolerable) return "nothing, what was found does no harm";
  return "nothing, all is well";
}

}  // namespace

std::string advice(const check_report& report, const std::string& name) {
  auto text = "what to do: " + advice_on_findings(report, name);
  if (!report.not_checked.empty())
    text += fmt::format("; not checked: {}", fmt::join(report.not_checked, ", "));
  return text;
}

std::string report_text(const check_report& report, const std::string& name, report_length length) {
  std::string text = finding_lines(report, length);
  if (report.nr_unlisted != 0)
    text += fmt::format("{} more findings are not listed\n", report.nr_unlisted);
  text += device_lines(report, length) + count_lines(report);
  if (report.correctable_blocks != 0)
    text += fmt::format("{} block(s) with bad checksums can be corrected: thin_repair does so\n",
                        report.correctable_blocks);
  if (report.flag_cleared) text += "Cleared needs_check flag\n";
  for (const auto& note : report.notes) text += fmt::format("note: {}\n", note);
  return text + advice(report, name) + "\n";
}

std::string summary_text(const check_report& report) {
  return fmt::format("TRANSACTION_ID={}\nMETADATA_FREE_BLOCKS={}\n", report.transaction_id,
                     report.metadata_free_blocks);
}

}  // namespace thin_tools
