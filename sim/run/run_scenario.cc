#include "sim/run/run_scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "persistent-data/base/error.h"
#include "sim/disk/disk_spec.h"
#include "sim/run/commit_checker.h"
#include "sim/run/text_file.h"
#include "sim/scenario/interpreter.h"
#include "thin-tools/report/output.h"

namespace sim {

namespace {

using thin_tools::argument;
using thin_tools::command_line;
using thin_tools::usage_error;

constexpr std::uint64_t longest_timeout = 1'000'000'000;  // seconds

constexpr thin_tools::option_row options[] = {
    {0, "device", argument::required, "PATH=SPEC",
     "a disk: SPEC is FILE, FILE:SIZE (created) or mem:SIZE"},
    {0, "set", argument::required, "NAME=VALUE", "set a variable of the scenario"},
    {0, "dialect", argument::required, "linux|2011", "version of the targets (default linux)"},
    {0, "no-space-timeout", argument::required, "SECONDS",
     "how long a full pool queues writes (default 60, 0: always)"},
    {0, "check", argument::none, "", "check the metadata after every commit"},
};

constexpr thin_tools::command_syntax syntax{
    .name = "thin_sim run",
    .summary = "run a scenario of dmsetup and io commands on simulated devices",
    .operands = "SCENARIO",
    .options = options,
};

std::pair<std::string, std::string> split_at_equals(std::string_view option,
                                                    const std::string& text) {
  const auto equals = text.find('=');
  if (equals == 0 || equals == std::string::npos)
    throw usage_error(
        fmt::format("invalid value '{}' for '--{}': expected NAME=VALUE", text, option));
  return {text.substr(0, equals), text.substr(equals + 1)};
}

pool_settings settings_of(const command_line& line) {
  pool_settings settings;
  const auto speaks = line.value("dialect").value_or("linux");
  if (speaks == "2011")
    settings.speaks = dialect::first_2011;
  else if (speaks != "linux")
    throw usage_error(
        fmt::format("invalid value '{}' for '--dialect': expected linux or 2011", speaks));
  if (const auto seconds = line.number("no-space-timeout", longest_timeout))
    settings.no_space_timeout = *seconds * one_second;
  return settings;
}

variables variables_of(const command_line& line) {
  variables set;
  for (const auto& text : line.values("set")) {
    auto [name, value] = split_at_equals("set", text);
    set[std::move(name)] = word(std::move(value));
  }
  return set;
}

using disk_specs = std::vector<std::pair<std::string, std::string>>;  // in the order given

disk_specs disks_of(const command_line& line) {
  disk_specs disks;
  for (const auto& text : line.values("device")) {
    auto disk = split_at_equals("device", text);
    if (std::ranges::find(disks, disk.first, &disk_specs::value_type::first) != disks.end())
      throw usage_error(fmt::format("device '{}' is given twice", disk.first));
    disks.push_back(std::move(disk));
  }
  return disks;
}

int run(const command_line& line) {
  const auto file = line.sole_operand("No scenario given.");
  const auto settings = settings_of(line);
  const auto disks = disks_of(line);
  const auto scenario = parse_script(file, read_text_file(file), variables_of(line));
  validate_script(scenario);
  machine simulated(settings);
  for (const auto& [path, spec] : disks) simulated.add_disk(path, open_disk_spec(spec));
  if (line.has("check")) check_commits(simulated);
  // Whatever happens, the machine ends as a real one does at the end of a
  // script: what nobody has shut down loses its power.
  struct plug {
    machine& of;
    ~plug() { of.power_off(); }
  } pull{simulated};
  run_script(scenario, simulated,
             {.out = [](std::string_view text) { thin_tools::print(stdout, text); },
              .messages = [](std::string_view text) { thin_tools::print(stderr, text); }});
  return thin_tools::exit_good;
}

}  // namespace

const thin_tools::command thin_sim_run_command{&syntax, run};

}  // namespace sim
