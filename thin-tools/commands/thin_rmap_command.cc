#include <fmt/format.h>
#include <unistd.h>

#include "thin-tools/commands/tool_commands.h"
#include "thin-tools/console/damage_printer.h"
#include "thin-tools/console/heap.h"
#include "thin-tools/console/output.h"
#include "thin-tools/console/peer_options.h"
#include "thin-tools/files/lvm_names.h"
#include "thin-tools/files/opened_pool.h"
#include "thin-tools/rmap/rmap.h"

namespace thin_tools {

namespace {

constexpr option_row options[] = {
    {0, "region", argument::required, "BEGIN..END",
     "data blocks to look for, the end exclusive (may be repeated)"},
    {'m', "metadata-snap", argument::optional, "BLOCK", "read the metadata snapshot"},
    lvm_row,
    {0, "json", argument::none, "", "write JSON"},
    verbose_row,
    io_engine_row,
};
constexpr command_syntax syntax{"thin_rmap",
                                "List the virtual blocks that use ranges of data blocks.",
                                "{device|file}", options};

int run(const command_line& line) {
  share_one_heap();
  const device_names names(line);  // in messages
  std::vector<region> regions;
  for (const auto& text : line.values("region")) regions.push_back(parse_region(text));
  if (regions.empty()) throw usage_error("No regions provided.");
  const auto input = line.sole_operand();
  const pdata::layout_options trees{.from_snapshot = line.has("metadata-snap"),
                                    .snapshot_location = line.number("metadata-snap")};

  damage_printer findings(trees.view(), message_length(line));
  opened_pool pool(input, trees, findings);
  bool beyond = false;  // a region of which there is nothing
  for (const auto& [begin, end] : regions) {
    beyond |= begin >= pool.layout.nr_data_blocks;
    if (end > pool.layout.nr_data_blocks)
      print(stderr, fmt::format("region {}..{}: the pool has data blocks 0..{} only\n", begin, end,
                                pool.layout.nr_data_blocks));
  }
  const reverse_map found(pool.reader, pool.layout, join_regions(std::move(regions)), findings);
  descriptor_sink sink(STDOUT_FILENO, "standard output");
  if (line.has("json"))
    write_json(found, sink);
  else
    write_text(found, sink);
  if (!found.is_damaged()) return beyond ? exit_bad : exit_good;
  print(stderr, "Damage in mapping tree, please run thin_check.\n");
  return exit_bad;
}

}  // namespace

const command thin_rmap_command{&syntax, run};

}  // namespace thin_tools
