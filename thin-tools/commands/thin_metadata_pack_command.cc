#include <fmt/format.h>

#include "thin-tools/commands/tool_commands.h"
#include "thin-tools/console/output.h"
#include "thin-tools/files/metadata_file.h"
#include "thin-tools/files/output_device.h"
#include "thin-tools/files/output_file.h"
#include "thin-tools/pack/overwrite.h"
#include "thin-tools/pack/packer.h"

namespace thin_tools {

namespace {

constexpr option_row options[] = {
    {'i', "input", argument::required, "FILE", "metadata device or file to pack"},
    {'o', "output", argument::required, "FILE", "pack file to write"},
    {'f', "force", argument::none, "", "overwrite metadata in the output without asking"},
    {0, "keep-damaged", argument::none, "",
     "store blocks without a valid checksum, too (other readers refuse such files)"},
};
constexpr command_syntax syntax{
    "thin_metadata_pack", "Pack metadata into a small file, to keep or to send.", "", options};

int run(const command_line& line) {
  const auto input = line.required_value("input", "No input file provided.");
  const auto output = line.required_value("output", "No output file provided.");
  line.expect_no_operands();
  const auto metadata = admit(metadata_request(input));
  const auto target = admit(output_request(output));
  const auto device = open_metadata(metadata);
  if (!line.has("force")) ask_before_overwriting(target);
  output_file file(target);
  const auto summary = pack(*device, file, {.keep_damaged = line.has("keep-damaged")});
  if (summary.nr_stored == 0)
    throw pdata::error(fmt::format(
        "'{}' has no sound block to pack (--keep-damaged stores the damaged ones)", input));
  file.commit();
  if (summary.nr_damaged != 0 && !line.has("keep-damaged"))
    print(stderr, fmt::format("{} damaged blocks were left out (--keep-damaged stores them)\n",
                              summary.nr_damaged));
  if (summary.nr_unreadable == 0) return exit_good;
  print(stderr,
        fmt::format("{} blocks could not be read and were left out\n", summary.nr_unreadable));
  return exit_bad;
}

}  // namespace

const command thin_metadata_pack_command{&syntax, run};

}  // namespace thin_tools
