#include <unistd.h>

#include <algorithm>

#include "thin-tools/commands/tool_commands.h"
#include "thin-tools/console/damage_printer.h"
#include "thin-tools/console/output.h"
#include "thin-tools/console/peer_options.h"
#include "thin-tools/files/full_metadata.h"
#include "thin-tools/files/opened_pool.h"
#include "thin-tools/ls/listing.h"

namespace thin_tools {

namespace {

constexpr option_row options[] = {
    {'o', "format", argument::required, "FIELDS",
     "comma list of: DEV, TRANSACTION, CREATE_TIME, SNAP_TIME; MAPPED, EXCLUSIVE, SHARED, also "
     "with _BLOCKS, _SECTORS, _BYTES; HIGHEST_MAPPED, HIGHEST_BLOCK, HIGHEST_SECTOR, HIGHEST_BYTE",
     false,
     ",DEV MAPPED EXCLUSIVE SHARED HIGHEST_MAPPED MAPPED_BLOCKS EXCLUSIVE_BLOCKS SHARED_BLOCKS "
     "HIGHEST_BLOCK MAPPED_SECTORS EXCLUSIVE_SECTORS SHARED_SECTORS HIGHEST_SECTOR MAPPED_BYTES "
     "EXCLUSIVE_BYTES SHARED_BYTES HIGHEST_BYTE TRANSACTION CREATE_TIME SNAP_TIME"},
    {0, "no-headers", argument::none, "", "leave out the line of field names"},
    {'m', "metadata-snap", argument::optional, "BLOCK", "list the metadata snapshot's devices"},
    {0, "json", argument::none, "", "write JSON"},
    verbose_row,
    io_engine_row,
};
constexpr command_syntax syntax{"thin_ls", "List the thin devices of a pool.", "{device|file}",
                                options};

constexpr const char* default_fields = "DEV,MAPPED,CREATE_TIME,SNAP_TIME";

int run(const command_line& line) {
  listing wanted;
  wanted.fields = parse_fields(line.value("format").value_or(default_fields));
  wanted.headers = !line.has("no-headers");
  const auto input = line.sole_operand();
  const pdata::layout_options trees{.from_snapshot = line.has("metadata-snap"),
                                    .snapshot_location = line.number("metadata-snap")};

  damage_printer findings(trees.from_snapshot, message_length(line));
  opened_pool pool(input, trees, findings);
  wanted.sectors_per_block = pool.layout.chosen().data_block_size;
  wanted.metadata = pdata::usage_of(pool.layout.active);
  const bool mappings =
      std::ranges::any_of(wanted.fields, [](const auto* f) { return f->needs_mappings; });
  const auto usage = find_usage(pool.reader, pool.layout,
                                mappings ? usage_depth::mappings : usage_depth::details, findings);
  descriptor_sink sink(STDOUT_FILENO, "standard output");
  if (line.has("json"))
    write_json(usage, wanted, sink);
  else
    write_table(usage, wanted, sink);
  print(stderr, full_remark(wanted.metadata));
  if (!usage.damaged) return exit_good;
  print(stderr, "metadata contains errors (run thin_check for details).\n");
  return exit_bad;
}

}  // namespace

const command thin_ls_command{&syntax, run};

}  // namespace thin_tools
