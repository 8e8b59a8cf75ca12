#include <fmt/format.h>

#include "thin-tools/commands/tool_commands.h"
#include "thin-tools/console/output.h"
#include "thin-tools/ll/ll_restore.h"

namespace thin_tools {

namespace {

constexpr option_row options[] = {
    {'E', "source-metadata", argument::required, "FILE", "metadata that has the nodes"},
    {'i', "input", argument::required, "FILE", "XML of thin_ll_dump; - for standard input"},
    {'o', "output", argument::required, "{device|file}", "existing device or file to write"},
    {'q', "quiet", argument::none, "", "no output but errors"},
};
constexpr command_syntax syntax{"thin_ll_restore", "Build metadata from the nodes of a list.", "",
                                options};

int run(const command_line& line) {
  line.expect_no_operands();
  const ll_restore_options wanted{
      .source = line.required_value("source-metadata", "No source metadata provided."),
      .plan = line.required_value("input", "No input file provided."),
      .output = line.required_value("output", "No output file provided.")};
  const bool quiet = line.has("quiet");
  ll_restore(wanted, [&](const std::string& warning) {
    if (!quiet) print(stderr, fmt::format("{}: {}\n", wanted.plan, warning));
  });
  return exit_good;
}

}  // namespace

const command thin_ll_restore_command{&syntax, run};

}  // namespace thin_tools
