#include <fmt/format.h>
#include <unistd.h>

#include "thin-tools/commands/tool_commands.h"
#include "thin-tools/console/damage_printer.h"
#include "thin-tools/console/heap.h"
#include "thin-tools/console/json_report.h"
#include "thin-tools/console/output.h"
#include "thin-tools/console/peer_options.h"
#include "thin-tools/delta/delta.h"
#include "thin-tools/files/lvm_names.h"
#include "thin-tools/files/opened_pool.h"

namespace thin_tools {

namespace {

constexpr option_row options[] = {
    heading("What is compared"),
    {0, "thin1", argument::required, "N", "the device on the left"},
    {0, "snap1", argument::required, "N", "the same as --thin1"},
    {0, "root1", argument::required, "BLOCK", "the root of the tree on the left"},
    {0, "thin2", argument::required, "N", "the device on the right"},
    {0, "snap2", argument::required, "N", "the same as --thin2"},
    {0, "root2", argument::required, "BLOCK", "the root of the tree on the right"},
    lvm_row,
    {'m', "metadata-snap", argument::optional, "BLOCK", "compare in the metadata snapshot"},
    heading("Output"),
    {0, "verbose", argument::none, "", "give data blocks, too"},
    {0, "skip-same", argument::none, "",
     "leave out what is the same, and do not read it if shared"},
    {0, "json", argument::none, "", "write JSON"},
    io_engine_row,
};
constexpr command_syntax syntax{"thin_delta", "List the differences between two thin devices.",
                                "{device|file}", options};

delta_side parse_side(const command_line& line, const device_names& names,
                      const std::string& number) {
  const bool device = line.has("thin" + number) || line.has("snap" + number);
  const auto root = line.number("root" + number);
  if (device && root)
    throw usage_error("--root" + number + " cannot be used together with --thin" + number);
  if (root) return {.is_root = true, .number = *root};
  for (const auto* name : {"thin", "snap"})
    if (const auto id = names.id(line, name + number)) return {.is_root = false, .number = *id};
  throw usage_error("--snap" + number + " not specified. (--thin" + number + " or --root" + number +
                    " not specified)");
}

int run(const command_line& line) {
  share_one_heap();
  const device_names names(line);
  const delta_options wanted{
      .left = parse_side(line, names, "1"),
      .right = parse_side(line, names, "2"),
      .skip_same = line.has("skip-same"),
      .detail = line.has("verbose") ? delta_detail::data_blocks : delta_detail::virtual_blocks};
  const auto input = line.sole_operand("No input device provided.");
  const pdata::layout_options trees{.from_snapshot = line.has("metadata-snap"),
                                    .snapshot_location = line.number("metadata-snap")};

  damage_printer findings(trees.view(), messages::grouped);
  opened_pool pool(input, trees, findings);
  descriptor_sink sink(STDOUT_FILENO, "standard output");
  const auto writer = line.has("json") ? make_json_delta_writer(sink, wanted.detail)
                                       : make_xml_delta_writer(sink, wanted.detail);
  if (find_delta(pool.reader, pool.layout, wanted, *writer, findings)) return exit_good;
  constexpr const char* why = "metadata contains errors (run thin_check for details).";
  print(stderr, fmt::format("{}\n", why));
  if (line.has("json")) print_json_error(syntax.name, why);
  return exit_bad;
}

}  // namespace

const command thin_delta_command{&syntax, run};

}  // namespace thin_tools
