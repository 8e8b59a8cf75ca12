#include <fmt/format.h>

#include <atomic>
#include <optional>

#include "thin-tools/commands/tool_commands.h"
#include "thin-tools/console/output.h"
#include "thin-tools/console/progress_line.h"
#include "thin-tools/shrink/shrink.h"

namespace thin_tools {

namespace {

constexpr option_row options[] = {
    {'i', "input", argument::required, "FILE", "XML of thin_dump; with --binary, metadata"},
    {'o', "output", argument::required, "FILE",
     "XML to write; with --binary, an existing device or file for metadata"},
    {0, "data", argument::required, "DEVICE", "the pool's data device or file"},
    {0, "nr-blocks", argument::required, "N", "new size of the pool in data blocks"},
    {0, "no-copy", argument::none, "", "change the metadata only; move no data"},
    {0, "binary", argument::none, "", "input and output are binary metadata"},
    {0, "dry-run", argument::none, "", "say what would move, and change nothing"},
    {0, "journal", argument::required, "FILE",
     "where to note how far the run is (default: the output's name with .journal)"},
    {'q', "quiet", argument::none, "", "no output but errors"},
};
constexpr command_syntax syntax{
    "thin_shrink", "Move data below a new end of the pool and rewrite the metadata.", "", options};

shrink_options read_options(const command_line& line) {
  shrink_options wanted;
  wanted.input = line.required_value("input", "No input file provided.");
  wanted.output = line.required_value("output", "No output file provided.");
  wanted.data = line.required_value("data", "No data device provided.");
  line.required_value("nr-blocks", "No new number of blocks provided.");
  wanted.nr_blocks = line.number("nr-blocks").value_or(0);
  wanted.binary = line.has("binary");
  wanted.copy = !line.has("no-copy");
  wanted.dry_run = line.has("dry-run");
  wanted.journal = line.value("journal").value_or(wanted.output + ".journal");
  line.expect_no_operands();
  return wanted;
}

void print_summary(const shrink_summary& summary, const shrink_options& wanted) {
  if (summary.blocks_resumed != 0)
    print(stdout,
          fmt::format("{} data blocks had been moved by an earlier run\n", summary.blocks_resumed));
  if (summary.blocks_renewed != 0)
    print(stdout,
          fmt::format("{} data blocks had changed since an earlier run moved them, and were moved "
                      "again\n",
                      summary.blocks_renewed));
  print(stdout, fmt::format("{} {} data blocks in {} pieces; the pool {} from {} to {} blocks\n",
                            wanted.dry_run ? "would move" : "moved", summary.blocks_to_move,
                            summary.nr_moves, wanted.dry_run ? "would go" : "went",
                            summary.old_nr_blocks, wanted.nr_blocks));
}

int run(const command_line& line) {
  const auto wanted = read_options(line);
  const bool quiet = line.has("quiet");
  std::atomic<std::uint64_t> done{0};
  std::atomic<std::uint64_t> total{0};
  std::optional<progress_line> shown;
  if (!quiet)
    shown.emplace(
        [&] { return fmt::format("moved {} of {} data blocks", done.load(), total.load()); });
  const auto summary = shrink(
      wanted,
      [&](std::uint64_t now, std::uint64_t all) {
        done = now;
        total = all;
      },
      [&](const std::string& warning) {
        if (!quiet) print(stderr, fmt::format("{}: {}\n", wanted.input, warning));
      });
  shown.reset();
  if (!quiet) print_summary(summary, wanted);
  return exit_good;
}

}  // namespace

const command thin_shrink_command{&syntax, run};

}  // namespace thin_tools
