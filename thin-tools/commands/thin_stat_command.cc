#include <unistd.h>

#include "thin-tools/commands/tool_commands.h"
#include "thin-tools/console/damage_printer.h"
#include "thin-tools/console/output.h"
#include "thin-tools/files/full_metadata.h"
#include "thin-tools/files/lvm_names.h"
#include "thin-tools/files/opened_pool.h"
#include "thin-tools/stat/sharing.h"
#include "thin-tools/stat/statistics.h"

namespace thin_tools {

namespace {

constexpr option_row options[] = {
    {0, "op", argument::required, "WHAT",
     "data_blocks (reference counts, the default), metadata_blocks or data_run_len", false,
     "data_blocks metadata_blocks data_run_len"},
    {0, "sharing", argument::none, "",
     "instead: how many data blocks each two devices have in common"},
    {0, "dev-id", argument::required, "DEV[,DEV...]",
     "with --sharing: of these devices (may be repeated)"},
    lvm_row,
    {0, "json", argument::none, "", "write JSON"},
    verbose_row,
};
constexpr command_syntax syntax{"thin_stat", "Tell how often numbers come up in metadata.",
                                "{device|file}", options};

// Returns true if all could be read.
template <class Statistics>
bool finish(const Statistics& found, const command_line& line, const std::string& op,
            const pdata::metadata_usage& usage) {
  descriptor_sink sink(STDOUT_FILENO, "standard output");
  if (line.has("json"))
    write_json(found, op, usage, sink);
  else
    write_statistics(found, sink);
  if (!line.has("json") && op == "metadata_blocks") print(stdout, usage_sentence(usage) + "\n");
  print(stderr, full_remark(usage));
  return !found.damaged;
}

int show_sharing(const command_line& line, const device_names& names) {
  if (line.has("op")) throw usage_error("--op cannot be used together with --sharing");
  const auto wanted = names.ids(line, "dev-id");
  damage_printer findings(pdata::which_metadata::active, message_length(line));
  opened_pool pool(line.sole_operand(), {}, findings);
  const auto found =
      find_sharing(pool.reader, pool.layout, {wanted.begin(), wanted.end()}, findings);
  std::vector<std::string> labels;
  for (const auto device : found.devices) labels.push_back(names.name_of(device));
  descriptor_sink sink(STDOUT_FILENO, "standard output");
  if (line.has("json"))
    write_json(found, labels, sink);
  else
    write_table(found, labels, sink);
  if (!found.damaged) return exit_good;
  print(stderr, "metadata contains errors (run thin_check for details).\n");
  return exit_bad;
}

int run(const command_line& line) {
  const device_names names(line);
  if (line.has("sharing")) return show_sharing(line, names);
  if (line.has("dev-id")) throw usage_error("--dev-id needs --sharing");
  const auto op = line.value("op").value_or("data_blocks");
  const bool runs = op == "data_run_len";
  if (!runs && op != "data_blocks" && op != "metadata_blocks")
    throw usage_error("unknown value '" + op +
                      "' of --op: data_blocks, metadata_blocks and data_run_len are known");
  const auto input = line.sole_operand();
  damage_printer findings(pdata::which_metadata::active, message_length(line));
  opened_pool pool(input, {}, findings);
  const auto kind =
      op == "data_blocks" ? pdata::space_map_kind::data : pdata::space_map_kind::metadata;
  const auto usage = pdata::usage_of(pool.layout.active);
  const bool whole =
      runs ? finish(measure_runs(pool.reader, pool.layout, findings), line, op, usage)
           : finish(count_references(pool.reader, pool.layout, kind, findings), line, op, usage);
  if (whole) return exit_good;
  print(stderr, "metadata contains errors (run thin_check for details).\n");
  return exit_bad;
}

}  // namespace

const command thin_stat_command{&syntax, run};

}  // namespace thin_tools
