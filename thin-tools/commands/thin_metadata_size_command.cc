#include <fmt/format.h>

#include "persistent-data/format/block.h"
#include "thin-tools/commands/tool_commands.h"
#include "thin-tools/console/output.h"
#include "thin-tools/size/measured_size.h"
#include "thin-tools/size/metadata_size.h"
#include "thin-tools/size/size_option.h"

namespace thin_tools {

namespace {

constexpr option_row options[] = {
    heading("The pool"),
    {'b', "block-size", argument::required, "SIZE", "data block size, a multiple of 64 KiB"},
    {'s', "pool-size", argument::required, "SIZE", "size of the pool's data device"},
    {'m', "max-thins", argument::required, "N", "number of thin devices and snapshots"},
    {0, "format", argument::required, "FILE",
     "take the pool from this metadata, and measure what it uses"},
    heading("Measure instead of estimate"),
    {0, "mappings", argument::required, "N",
     "also measure what N mapped blocks take, by provisioning them in a trial pool"},
    {0, "fragmentation", argument::required, "PERCENT",
     "of these blocks, how many are written in random order (default 0)"},
    heading("Output"),
    {'u', "unit", argument::required, "UNIT",
     "unit of the answer: b s k m g t p e, K M G T P E (decimal), or a name", false,
     "b s k m g t p e K M G T P E bytes sectors kibibytes mebibytes gibibytes tebibytes"},
    {'n', "numeric-only", argument::optional, "short|long",
     "only the number, with the unit's letter or name on request"},
};
constexpr command_syntax syntax{
    "thin_metadata_size", "Estimate the metadata size of a pool. Sizes without unit are sectors.",
    "", options};

std::uint64_t size_option(const command_line& line, std::string_view name, const size_unit& plain,
                          const std::string& absent) {
  return size_or_throw(name, line.required_value(name, absent), plain);
}

size_unit output_unit(const command_line& line) {
  const auto text = line.value("unit");
  if (!text) return sectors;
  const auto unit = find_unit(*text);
  if (!unit) throw usage_error(fmt::format("output unit specifier invalid! ('{}')", *text));
  return *unit;
}

// A number of metadata blocks as the options want to see it.
std::string answer(const command_line& line, std::uint64_t blocks) {
  const auto unit = output_unit(line);
  const auto number = format_size(blocks * pdata::block_size, unit);
  if (!line.has("numeric-only")) return fmt::format("{} {}s", number, unit.name);
  const auto form = line.value("numeric-only");
  if (!form) return number;
  if (*form == "short") return fmt::format("{}{}", number, unit.letter);
  if (*form == "long") return fmt::format("{}{}s", number, unit.name);
  throw usage_error(fmt::format("-n invalid option argument '{}'", *form));
}

// A measured number: alone under -n, else with what it stands for.
void print_measured(const command_line& line, std::uint64_t blocks, std::string_view what) {
  print(stdout, answer(line, blocks) +
                    (line.has("numeric-only") ? std::string() : fmt::format(" {}", what)) + "\n");
}

void print_existing(const command_line& line, const std::string& path) {
  for (const auto* other : {"block-size", "pool-size", "max-thins", "mappings", "fragmentation"})
    if (line.has(other)) throw usage_error(fmt::format("--format cannot be used with --{}", other));
  const auto size = measure_existing(path);
  print(stdout, answer(line, estimated_metadata_blocks(size.shape)) + "\n");
  print_measured(line, size.blocks_used, "in use");
  print_measured(line, size.blocks_available, "available");
  print_measured(line, size.blocks_rebuilt, "if rebuilt by thin_restore");
}

int run(const command_line& line) {
  constexpr size_unit count{"", "", 1};
  constexpr unsigned percent_max = 100;
  if (line.count("numeric-only") > 1) throw usage_error("-n already given!");
  line.expect_no_operands();
  answer(line, 0);  // finds wrong units and forms before anything is printed
  if (const auto path = line.value("format")) {
    print_existing(line, *path);
    return exit_good;
  }
  const pool_dimensions shape{
      .block_bytes = size_option(line, "block-size", sectors, "block size required!"),
      .pool_bytes = size_option(line, "pool-size", sectors, "pool size required!"),
      .max_thins = size_option(line, "max-thins", count, "max thins required!"),
  };
  const auto mappings = line.number("mappings");
  const auto fragmentation = line.number("fragmentation", percent_max);
  if (fragmentation && !mappings) throw usage_error("--fragmentation needs --mappings");
  const auto estimate = estimated_metadata_blocks(shape);
  if (mappings) {
    const auto blocks = measured_metadata_blocks(
        shape, {*mappings, static_cast<unsigned>(fragmentation.value_or(0))});
    print(stdout, answer(line, estimate) + "\n");
    print_measured(line, blocks, "measured");
    return exit_good;
  }
  print(stdout, answer(line, estimate) + "\n");
  return exit_good;
}

}  // namespace

const command thin_metadata_size_command{&syntax, run};

}  // namespace thin_tools
