#include <algorithm>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/engine/pool.h"
#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/superblock.h"
#include "persistent-data/stream/pool_builder.h"
#include "persistent-data/stream/stream_validator.h"
#include "thin-tools/commands/tool_commands.h"
#include "thin-tools/files/metadata_output.h"
#include "thin-tools/files/output_device.h"
#include "thin-tools/generate/pool_change.h"
#include "thin-tools/generate/pool_shape.h"

namespace thin_tools {

namespace {

constexpr option_row options[] = {
    {'o', "output", argument::required, "{device|file}", "existing device or file to change"},
    {0, "format", argument::none, "", "make a new pool"},
    {0, "data-block-size", argument::required, "SECTORS", "of the new pool (128)"},
    {0, "block-size", argument::required, "SECTORS",
     "the same, as thin_generate_metadata 1.3 has it", true},
    {0, "nr-data-blocks", argument::required, "N",
     "of the new pool (10240, or as many as its mappings need)"},
    {0, "devices", argument::required, "N", "with --format: make devices that have mappings (8)"},
    {0, "mappings", argument::required, "N", "of each device alone (1000000)"},
    {0, "shared", argument::required, "N", "mappings that all devices share (0)"},
    {0, "run-length", argument::required, "N", "mean length of runs of mappings (1)"},
    {0, "seed", argument::required, "N", "other mappings of the same shape (1)"},
    {0, "create-thin", argument::required, "ID", "create a device"},
    {0, "create-snap", argument::required, "ID", "create a snapshot"},
    {0, "origin", argument::required, "ID", "of the snapshot"},
    {0, "delete", argument::required, "ID", "delete a device"},
    {0, "reserve-metadata-snap", argument::none, "", "reserve a metadata snapshot"},
    {0, "release-metadata-snap", argument::none, "", "release the metadata snapshot"},
    {0, "set-transaction-id", argument::required, "N", "set the transaction id"},
    {0, "set-needs-check", argument::optional, "BOOL", "set the flag, or clear it with false"},
};
constexpr command_syntax syntax{"thin_generate_metadata",
                                "Make metadata for tests, and change it as a pool does.", "",
                                options};

constexpr const char* actions[] = {
    "format",          "create-thin",           "create-snap",           "delete",
    "set-needs-check", "reserve-metadata-snap", "release-metadata-snap", "set-transaction-id",
};
constexpr const char* shape_options[] = {"devices", "mappings", "shared", "run-length", "seed"};

std::string chosen_action(const command_line& line) {
  std::string chosen;
  for (const std::string name : actions) {
    if (!line.has(name)) continue;
    if (!chosen.empty())
      throw usage_error("--" + chosen + " and --" + name + " cannot be used together");
    chosen = name;
  }
  if (chosen.empty()) throw usage_error("No operation specified.");
  return chosen;
}

bool wants_mappings(const command_line& line) {
  return std::ranges::any_of(shape_options, [&](const char* name) { return line.has(name); });
}

void refuse_without_format(const command_line& line) {
  for (const std::string name : {"data-block-size", "block-size", "nr-data-blocks"})
    if (line.has(name)) throw usage_error("--" + name + " needs --format");
  if (wants_mappings(line)) throw usage_error("mappings are made together with --format only");
}

std::uint32_t read_data_block_size(const command_line& line) {
  const char* name = line.has("block-size") ? "block-size" : "data-block-size";
  const auto sectors = line.number(name).value_or(pdata::data_block_size_min);
  if (!pdata::valid_data_block_size(sectors))
    throw usage_error("--data-block-size must be a multiple of 128 from 128 to 2097152");
  return static_cast<std::uint32_t>(sectors);
}

void generate(pdata::file_device& device, const pool_shape& shape) {
  // Before anything is tried: leaves of 252 mappings each. What no pool can map is refused below.
  constexpr std::uint64_t leaf_entries = 252;
  constexpr std::uint64_t mappings_max = std::uint64_t{1} << 40;
  const auto own = pdata::checked_mul(shape.nr_devices, shape.own);
  if (own && *own <= mappings_max) expect_room(device, pdata::div_up(*own, leaf_entries));
  const auto rehearsal = pdata::pool_builder::rehearsal(device.nr_blocks(), {});
  pdata::stream_validator proof(*rehearsal);
  stream_shape(shape, proof);
  expect_room(device, rehearsal->blocks_needed());
  pdata::pool_builder builder(device, {});
  stream_shape(shape, builder);
}

pool_shape read_shape(const command_line& line) {
  constexpr std::uint64_t many = std::uint64_t{1} << 32;
  constexpr std::uint64_t longest = 1 << 20;
  pool_shape shape;
  shape.nr_devices = line.number("devices", pdata::max_device_id).value_or(shape.nr_devices);
  shape.own = line.number("mappings", many).value_or(shape.own);
  shape.shared = line.number("shared", many).value_or(shape.shared);
  shape.run_length = line.number("run-length", longest).value_or(shape.run_length);
  shape.seed = line.number("seed").value_or(shape.seed);
  shape.data_block_size = read_data_block_size(line);
  shape.nr_data_blocks = line.number("nr-data-blocks");
  return shape;
}

std::uint64_t read_flag(const command_line& line) {
  const auto text = line.value("set-needs-check").value_or("true");
  if (text != "true" && text != "false") throw usage_error("--set-needs-check takes true or false");
  return text == "true" ? 1 : 0;
}

pool_change read_change(const command_line& line, const std::string& action) {
  if (action == "create-thin")
    return {pool_action::create_thin, *line.number("create-thin", pdata::max_device_id)};
  if (action == "create-snap") {
    line.required_value("origin", "--create-snap needs --origin");
    return {pool_action::create_snap, *line.number("create-snap", pdata::max_device_id),
            *line.number("origin", pdata::max_device_id)};
  }
  if (action == "delete")
    return {pool_action::delete_device, *line.number("delete", pdata::max_device_id)};
  if (action == "reserve-metadata-snap") return {pool_action::reserve_metadata_snapshot};
  if (action == "release-metadata-snap") return {pool_action::release_metadata_snapshot};
  if (action == "set-transaction-id")
    return {pool_action::set_transaction_id, *line.number("set-transaction-id")};
  return {pool_action::set_needs_check, read_flag(line)};
}

int run(const command_line& line) {
  line.expect_no_operands();
  const auto action = chosen_action(line);
  const auto output = line.required_value("output", "No output file provided.");
  if (action != "create-snap" && line.has("origin"))
    throw usage_error("--origin needs --create-snap");
  if (action != "format") {
    refuse_without_format(line);
    const auto change = read_change(line, action);
    change_pool(*open_output_device(output), change);
    return exit_good;
  }
  const pool_format plain{
      .data_block_size = read_data_block_size(line),
      .nr_data_blocks = line.number("nr-data-blocks").value_or(pool_format{}.nr_data_blocks)};
  const auto shape = read_shape(line);
  new_metadata made(admit(output_device_request(output)));
  made.make([&] {
    if (wants_mappings(line))
      generate(made.device(), shape);
    else
      format_pool(made.device(), plain);
  });
  return exit_good;
}

}  // namespace

const command thin_generate_metadata_command{&syntax, run};

}  // namespace thin_tools
