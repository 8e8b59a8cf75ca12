#include <fmt/format.h>

#include "persistent-data/format/block.h"
#include "thin-tools/commands/tool_commands.h"
#include "thin-tools/report/output.h"
#include "thin-tools/size/metadata_size.h"
#include "thin-tools/size/units.h"

namespace thin_tools {

namespace {

constexpr option_row options[] = {
    {'b', "block-size", argument::required, "SIZE", "data block size, a multiple of 64 KiB"},
    {'s', "pool-size", argument::required, "SIZE", "size of the pool's data device"},
    {'m', "max-thins", argument::required, "N", "number of thin devices and snapshots"},
    {'u', "unit", argument::required, "UNIT",
     "unit of the answer: b s k m g t p e, K M G T P E (decimal), or a name"},
    {'n', "numeric-only", argument::optional, "short|long",
     "only the number, with the unit's letter or name on request"},
};
constexpr command_syntax syntax{
    "thin_metadata_size", "Estimate the metadata size of a pool. Sizes without unit are sectors.",
    "", options};

std::uint64_t size_option(const command_line& line, std::string_view name, const size_unit& plain,
                          const std::string& absent) {
  const auto text = line.required_value(name, absent);
  const auto size = parse_size(text, plain);
  if (!size) throw usage_error(fmt::format("invalid value '{}' for '--{}'", text, name));
  return *size;
}

size_unit output_unit(const command_line& line) {
  const auto text = line.value("unit");
  if (!text) return sectors;
  const auto unit = find_unit(*text);
  if (!unit) throw usage_error(fmt::format("output unit specifier invalid! ('{}')", *text));
  return *unit;
}

std::string answer(const command_line& line, std::uint64_t bytes, const size_unit& unit) {
  const auto number = format_size(bytes, unit);
  if (!line.has("numeric-only")) return fmt::format("{} {}s", number, unit.name);
  const auto form = line.value("numeric-only");
  if (!form) return number;
  if (*form == "short") return fmt::format("{}{}", number, unit.letter);
  if (*form == "long") return fmt::format("{}{}s", number, unit.name);
  throw usage_error(fmt::format("-n invalid option argument '{}'", *form));
}

int run(const command_line& line) {
  constexpr size_unit count{"", "", 1};
  const pool_shape shape{
      .block_bytes = size_option(line, "block-size", sectors, "block size required!"),
      .pool_bytes = size_option(line, "pool-size", sectors, "pool size required!"),
      .max_thins = size_option(line, "max-thins", count, "max thins required!"),
  };
  if (line.count("numeric-only") > 1) throw usage_error("-n already given!");
  line.expect_no_operands();
  const auto unit = output_unit(line);
  const auto bytes = estimated_metadata_blocks(shape) * pdata::block_size;
  print(stdout, answer(line, bytes, unit) + "\n");
  return exit_good;
}

}  // namespace

const command thin_metadata_size_command{&syntax, run};

}  // namespace thin_tools
