#include <unistd.h>

#include "thin-tools/commands/tool_commands.h"
#include "thin-tools/console/damage_printer.h"
#include "thin-tools/files/opened_pool.h"
#include "thin-tools/files/output_device.h"
#include "thin-tools/files/output_file.h"
#include "thin-tools/ll/ll_dump.h"

namespace thin_tools {

namespace {

constexpr option_row options[] = {
    {'o', "output", argument::required, "FILE", "write there instead of standard output"},
    {'m', "metadata-snap", argument::optional, "BLOCK", "list the metadata snapshot's nodes"},
    {0, "begin", argument::required, "BLOCK", "the first block to look for orphans in (0)"},
    {0, "end", argument::required, "BLOCK", "the block after the last one"},
    {0, "data-mapping-root", argument::required, "BLOCK", "instead of the superblock's"},
    {0, "device-details-root", argument::required, "BLOCK", "instead of the superblock's"},
};
constexpr command_syntax syntax{"thin_ll_dump", "List the B-tree nodes of devices, and orphans.",
                                "{device|file}", options};

int run(const command_line& line) {
  const ll_dump_options wanted{.begin = line.number("begin").value_or(0),
                               .end = line.number("end")};
  const pdata::layout_options trees{.from_snapshot = line.has("metadata-snap"),
                                    .snapshot_location = line.number("metadata-snap"),
                                    .mapping_root = line.number("data-mapping-root"),
                                    .details_root = line.number("device-details-root")};
  const auto input = line.sole_operand();
  damage_printer findings(trees.from_snapshot, false);
  opened_pool pool(input, trees, findings);
  if (const auto output = line.value("output")) {
    refuse_same_file(input, *output);
    output_file file(*output);
    ll_dump(pool.reader, pool.layout, wanted, file, findings);
    file.commit();
  } else {
    descriptor_sink sink(STDOUT_FILENO, "standard output");
    ll_dump(pool.reader, pool.layout, wanted, sink, findings);
  }
  return exit_good;
}

}  // namespace

const command thin_ll_dump_command{&syntax, run};

}  // namespace thin_tools
