#include "sim/run/machine_options.h"

#include <fmt/format.h>

#include <algorithm>

namespace sim {

using thin_tools::command_line;
using thin_tools::usage_error;

namespace {

constexpr std::uint64_t longest_timeout = 1'000'000'000;  // seconds

}  // namespace

std::optional<virtual_time> no_space_timeout_of(const command_line& line) {
  const auto seconds = line.number(no_space_timeout_row.name, longest_timeout);
  return seconds ? std::optional(*seconds * one_second) : std::nullopt;
}

kernel_version kernel_of(const command_line& line) {
  const auto text = line.value(kernel_row.name);
  if (!text) return kernel_version::linux_6_1;
  const auto version = parse_kernel_version(*text);
  if (!version)
    throw thin_tools::invalid_value(kernel_row.name, *text, "expected " + kernel_version_names());
  return *version;
}

dialect_choice dialect_of(const command_line& line) {
  const auto text = line.value(dialect_row.name).value_or("linux-6.1");
  std::string wrong;
  const auto choice = parse_dialect(text, wrong);
  if (!choice) throw thin_tools::invalid_value(dialect_row.name, text, wrong);
  return *choice;
}

disk_specs disks_of(const command_line& line) {
  auto disks = line.pairs("device", "PATH=SPEC");
  for (auto disk = disks.begin(); disk != disks.end(); ++disk)
    if (std::find_if(disks.begin(), disk,
                     [&](const auto& other) { return other.first == disk->first; }) != disk)
      throw usage_error(fmt::format("device '{}' is given twice", disk->first));
  return disks;
}

variables variables_of(const command_line& line) {
  variables set;
  for (auto& [name, value] : line.pairs(set_row.name, set_row.value_name)) set[name] = word(value);
  return set;
}

}  // namespace sim
