#include "sim/run/run_scenario.h"

#include "persistent-data/base/error.h"
#include "sim/disk/disk_spec.h"
#include "sim/run/machine_options.h"
#include "sim/run/metadata_check.h"
#include "sim/run/text_file.h"
#include "sim/scenario/interpreter.h"
#include "thin-tools/console/output.h"

namespace sim {

namespace {

using thin_tools::argument;
using thin_tools::command_line;

constexpr thin_tools::option_row options[] = {
    {0, "device", argument::required, "PATH=SPEC",
     "a disk: FILE, FILE:SIZE or mem:SIZE (sectors, or k m g t p e and KiB (1024), kB (1000), b)"},
    set_row,
    kernel_row,
    dialect_row,
    no_space_timeout_row,
    {0, "check", argument::none, "", "check the metadata after every commit"},
};

constexpr thin_tools::command_syntax syntax{
    .name = "thin_sim run",
    .summary = "run a scenario of dmsetup and io commands on simulated devices",
    .operands = "SCENARIO",
    .options = options,
};

pool_settings settings_of(const command_line& line) {
  pool_settings settings;
  const auto choice = dialect_of(line);
  if (choice.speaks == dialect::first_2011 && line.has(kernel_row.name))
    throw thin_tools::usage_error("the dialect of 2011 is of no kernel: leave --kernel out");
  settings.speaks = choice.speaks;
  settings.kernel = kernel_of(line);
  settings.lacks = choice.lacks;
  settings.no_space_timeout = no_space_timeout_of(line).value_or(settings.no_space_timeout);
  return settings;
}

int run(const command_line& line) {
  const auto file = line.sole_operand("No scenario given.");
  const auto settings = settings_of(line);
  const auto disks = disks_of(line);
  const auto scenario = parse_script(file, read_text_file(file), variables_of(line));
  validate_script(scenario);
  machine simulated(settings);
  for (const auto& [path, text] : disks) {
    const auto spec = parse_disk_spec(text);
    simulated.add_disk(path, open_disk(spec, "disk " + path), spec.options);
  }
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
