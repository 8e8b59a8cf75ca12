#include <limits>

#include "persistent-data/format/damage_sinks.h"
#include "persistent-data/format/superblock.h"
#include "thin-tools/commands/tool_commands.h"
#include "thin-tools/files/output_device.h"
#include "thin-tools/generate/field_change.h"
#include "thin-tools/generate/metadata_leaks.h"

namespace thin_tools {

namespace {

constexpr option_row options[] = {
    {'o', "output", argument::required, "{device|file}", "metadata to damage"},
    {0, "create-metadata-leaks", argument::none, "", "store wrong counts of metadata blocks"},
    {0, "nr-blocks", argument::required, "N", "how many blocks"},
    {0, "expected", argument::required, "COUNT", "the count that they have"},
    {0, "actual", argument::required, "COUNT", "the count to store"},
    {0, "override", argument::none, "", "change the superblock"},
    {0, "mapping-root", argument::required, "BLOCK", "the root of the tree of devices"},
    {0, "details-root", argument::required, "BLOCK", "the root of the device details"},
    {0, "metadata-snap", argument::required, "BLOCK", "where the metadata snapshot is"},
    {0, "block", argument::required, "BLOCK", "change fields of this block"},
    {0, "field", argument::required, "NAME", "the field; may be repeated, each with a value"},
    {0, "value", argument::required, "V", "the new value"},
    {0, "no-reseal", argument::none, "", "leave the checksum as it was"},
};
constexpr command_syntax syntax{"thin_generate_damage", "Plant damage in metadata, for tests.", "",
                                options};

constexpr std::uint64_t count_max = 1000;

std::uint64_t required_number(const command_line& line, const std::string& name,
                              std::uint64_t max = std::numeric_limits<std::uint64_t>::max()) {
  line.required_value(name, "--" + name + " is missing");
  return *line.number(name, max);
}

planted_counts read_leaks(const command_line& line) {
  const planted_counts planted{
      .nr_blocks = required_number(line, "nr-blocks"),
      .expected = static_cast<std::uint32_t>(required_number(line, "expected", count_max)),
      .actual = static_cast<std::uint32_t>(required_number(line, "actual", count_max))};
  if (planted.expected == planted.actual)
    throw usage_error("--expected and --actual are the same: that is no damage");
  return planted;
}

std::vector<field_change> read_overrides(const command_line& line) {
  constexpr std::pair<const char*, const char*> fields[] = {
      {"mapping-root", "data_mapping_root"},
      {"details-root", "device_details_root"},
      {"metadata-snap", "held_root"},
  };
  std::vector<field_change> changes;
  for (const auto& [option, field] : fields)
    if (const auto value = line.number(option)) changes.push_back({field, *value});
  if (changes.empty())
    throw usage_error("--override needs --mapping-root, --details-root or --metadata-snap");
  return changes;
}

std::vector<field_change> read_changes(const command_line& line) {
  const auto names = line.values("field");
  const auto values = line.numbers("value");
  if (names.empty()) throw usage_error("--field is missing");
  if (names.size() != values.size()) throw usage_error("each --field needs one --value");
  std::vector<field_change> changes;
  for (std::size_t i = 0; i < names.size(); ++i) changes.push_back({names[i], values[i]});
  return changes;
}

int run(const command_line& line) {
  line.expect_no_operands();
  const bool leaks = line.has("create-metadata-leaks");
  const bool override_roots = line.has("override");
  const bool fields = line.has("block");
  if (leaks + override_roots + fields != 1)
    throw usage_error("one of --create-metadata-leaks, --override and --block must be given");
  const auto output = line.required_value("output", "No output file provided.");
  const auto after = line.has("no-reseal") ? checksums::keep : checksums::renew;
  if (leaks) {
    const auto planted = read_leaks(line);
    const auto device = open_output_device(output);
    pdata::silent_sink sink;
    const auto layout = pdata::read_layout(*device, output, {}, sink);
    create_metadata_leaks(*device, output, layout, planted);
  } else {
    const auto block =
        override_roots ? pdata::superblock_location : pdata::metadata_block(*line.number("block"));
    const auto changes = override_roots ? read_overrides(line) : read_changes(line);
    const auto device = open_output_device(output);
    if (override_roots) {
      pdata::silent_sink sink;
      pdata::read_layout(*device, output, {}, sink);  // there is a superblock
    }
    change_fields(*device, output, block, changes, after);
  }
  return exit_good;
}

}  // namespace

const command thin_generate_damage_command{&syntax, run};

}  // namespace thin_tools
