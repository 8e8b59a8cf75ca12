#include <unistd.h>

#include <optional>

#include "thin-tools/commands/tool_commands.h"
#include "thin-tools/console/damage_printer.h"
#include "thin-tools/console/output.h"
#include "thin-tools/files/metadata_file.h"
#include "thin-tools/files/opened_pool.h"
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
    verbose_row,
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
  const auto metadata = admit(metadata_request(input));
  std::optional<pass> output;
  if (const auto path = line.value("output")) output = admit(output_request(*path));
  damage_printer findings(trees.view(), message_length(line));
  opened_pool pool(metadata, trees, findings);
  if (output) {
    output_file file(*output);
    ll_dump(pool.reader, pool.layout, wanted, file, findings);
    file.commit();
  } else {
    descriptor_sink sink(STDOUT_FILENO, "standard output");
    ll_dump(pool.reader, pool.layout, wanted, sink, findings);
  }
  // Damage is what the list is for; a device that fails is not.
  if (pool.device->nr_failed_reads() == 0) return exit_good;
  print(stderr, "blocks could not be read: nodes may be missing\n");
  return exit_bad;
}

}  // namespace

const command thin_ll_dump_command{&syntax, run};

}  // namespace thin_tools
