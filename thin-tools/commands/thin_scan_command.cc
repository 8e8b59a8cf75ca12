#include <fmt/format.h>
#include <unistd.h>

#include <optional>

#include "thin-tools/commands/tool_commands.h"
#include "thin-tools/console/output.h"
#include "thin-tools/files/metadata_file.h"
#include "thin-tools/files/output_file.h"
#include "thin-tools/scan/scan.h"

namespace thin_tools {

namespace {

constexpr option_row options[] = {
    heading("Which blocks"),
    {0, "begin", argument::required, "BLOCK", "the first block to tell of (0)"},
    {0, "end", argument::required, "BLOCK", "the block after the last one"},
    heading("What is said of them"),
    {0, "references", argument::none, "", "tell which blocks refer to a block"},
    {0, "fields", argument::none, "", "give the raw fields of the headers"},
    {0, "entries", argument::none, "", "give the raw entries of nodes and index blocks"},
    {0, "examine-corruption", argument::none, "", "tell only how much text is in unknown blocks"},
    heading("Output"),
    {'o', "output", argument::required, "FILE", "write there instead of standard output"},
    {0, "json", argument::none, "", "write JSON"},
};
constexpr command_syntax syntax{"thin_scan", "Classify every block of a pool's metadata.",
                                "{device|file}", options};

std::unique_ptr<scan_writer> make_writer(const command_line& line, text_sink& sink) {
  if (line.has("json")) return make_json_scan_writer(sink);
  if (line.has("examine-corruption")) return make_corruption_writer(sink);
  return make_xml_scan_writer(sink);
}

int run(const command_line& line) {
  const scan_options wanted{.begin = line.number("begin").value_or(0),
                            .end = line.number("end"),
                            .references = line.has("references"),
                            .fields = line.has("fields"),
                            .entries = line.has("entries"),
                            .text_bytes = line.has("examine-corruption")};
  const auto input = line.sole_operand();
  const auto metadata = admit(metadata_request(input));
  std::optional<pass> output;
  if (const auto path = line.value("output")) output = admit(output_request(*path));
  const auto device = open_metadata(metadata);
  std::uint64_t nr_unreadable = 0;
  if (output) {
    output_file file(*output);
    nr_unreadable = scan(*device, wanted, *make_writer(line, file));
    file.commit();
  } else {
    descriptor_sink sink(STDOUT_FILENO, "standard output");
    nr_unreadable = scan(*device, wanted, *make_writer(line, sink));
  }
  if (nr_unreadable == 0) return exit_good;
  print(stderr, fmt::format("{} blocks could not be read\n", nr_unreadable));
  return exit_bad;
}

}  // namespace

const command thin_scan_command{&syntax, run};

}  // namespace thin_tools
