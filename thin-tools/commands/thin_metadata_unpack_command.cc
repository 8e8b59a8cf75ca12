#include "thin-tools/commands/tool_commands.h"
#include "thin-tools/console/peer_options.h"
#include "thin-tools/files/output_device.h"
#include "thin-tools/files/output_file.h"
#include "thin-tools/pack/overwrite.h"
#include "thin-tools/pack/unpack.h"

namespace thin_tools {

namespace {

constexpr option_row options[] = {
    {'i', "input", argument::required, "FILE", "pack file"},
    {'o', "output", argument::required, "FILE", "metadata device or file to write"},
    {'f', "force", argument::none, "", "overwrite metadata in the output without asking"},
    io_engine_row,
};
constexpr command_syntax syntax{"thin_metadata_unpack",
                                "Unpack metadata that thin_metadata_pack packed.", "", options};

int run(const command_line& line) {
  const auto input = line.required_value("input", "No input file provided.");
  const auto output = line.required_value("output", "No output file provided.");
  line.expect_no_operands();
  const auto packed = admit({"pack file", input, use::read});
  const auto target = admit(output_request(output));
  const pack_file file(packed);
  if (!line.has("force")) ask_before_overwriting(target);
  unpack(file, target);
  return exit_good;
}

}  // namespace

const command thin_metadata_unpack_command{&syntax, run};

}  // namespace thin_tools
