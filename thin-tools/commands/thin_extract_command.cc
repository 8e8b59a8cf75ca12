#include <fmt/format.h>

#include <atomic>
#include <optional>

#include "persistent-data/format/damage_sinks.h"
#include "thin-tools/commands/tool_commands.h"
#include "thin-tools/console/output.h"
#include "thin-tools/console/progress_line.h"
#include "thin-tools/extract/extract.h"
#include "thin-tools/files/lvm_names.h"
#include "thin-tools/files/metadata_file.h"
#include "thin-tools/files/output_device.h"
#include "thin-tools/files/output_file.h"
#include "thin-tools/size/size_option.h"

namespace thin_tools {

namespace {

constexpr option_row options[] = {
    {0, "metadata-dev", argument::required, "DEVICE", "the pool's metadata device or file"},
    {0, "data-dev", argument::required, "DEVICE", "the pool's data device or file"},
    {0, "dev-id", argument::required, "N", "the thin device to copy out"},
    lvm_row,
    {'o', "output", argument::required, "FILE", "file or device to copy to"},
    {'m', "metadata-snap", argument::none, "",
     "as the metadata snapshot has it; works while the pool is active"},
    {0, "size", argument::required, "SIZE",
     "size of the volume (default: up to its last mapped block); sectors without unit"},
    {'q', "quiet", argument::none, "", "no output but errors and what is lost"},
    {'v', "verbose", argument::none, "", "name every part that is lost"},
};
constexpr command_syntax syntax{
    "thin_extract", "Copy the data of one thin device out of a pool without activating it.", "",
    options};

std::uint64_t volume_size(const command_line& line, const volume_contents& contents,
                          std::uint64_t block_bytes) {
  if (const auto size = sectors_option(line, "size")) return *size * sectors.bytes;
  return mapped_bytes(contents, block_bytes);
}

// Damage is told whatever else is quiet: these ranges read as zeroes. Returns true if
// there is any.
bool print_losses(const volume_contents& contents, bool verbose) {
  constexpr std::uint64_t named_max = 10;
  std::uint64_t number = 0;
  for (const auto& finding : contents.damage) {
    if (pdata::catalogue_row(finding.id).severity != pdata::severity::fatal) continue;
    if (++number <= named_max || verbose)
      print(stderr, fmt::format("lost: {}\n", pdata::describe(finding)));
  }
  if (number > named_max && !verbose)
    print(stderr, fmt::format("lost: {} more parts, {} in all; -v names them\n", number - named_max,
                              number));
  return number != 0;
}

int run(const command_line& line) {
  const device_names names(line);
  const auto metadata_path = line.required_value("metadata-dev", "No metadata device provided.");
  const auto data_path = line.required_value("data-dev", "No data device provided.");
  line.required_value("dev-id", "No device id provided.");
  const auto output = line.required_value("output", "No output file provided.");
  line.expect_no_operands();
  const bool quiet = line.has("quiet");
  const bool snapshot = line.has("metadata-snap");
  const auto metadata_pass = admit(metadata_request(metadata_path));
  const auto data_pass = admit(data_request(data_path, use::read));
  const auto output_pass = admit(output_request(output));

  const auto metadata =
      open_metadata(metadata_pass, snapshot ? pass::claim::shared : pass::claim::exclusive);
  pdata::silent_sink other_damage;  // what is lost of the device is told below
  const auto layout =
      pdata::read_layout(*metadata, metadata_path, {.from_snapshot = snapshot}, other_damage);
  const data_device data(data_pass);
  pdata::batch_reader reader(*metadata);
  const auto contents = read_contents(reader, layout, names.id(line, "dev-id").value_or(0));
  const auto block_bytes = std::uint64_t{layout.chosen().data_block_size} * pdata::sector_bytes;
  const auto size_bytes = volume_size(line, contents, block_bytes);
  const pool_extent pool{.nr_blocks = layout.active.data_space_map.nr_blocks,
                         .blocks_used = contents.data_end,
                         .block_bytes = block_bytes};
  expect_mapped_blocks(data, pool);
  if (const auto remark = size_remark(data, pool); !quiet && !remark.empty())
    print(stderr, remark + "\n");

  std::atomic<std::uint64_t> done{0};
  std::optional<progress_line> shown;
  if (!quiet)
    shown.emplace([&] {
      return fmt::format("copied {} of {} data blocks", done.load(), contents.mapped_blocks);
    });
  const auto summary = extract_volume(contents, block_bytes, data, output_pass, size_bytes,
                                      [&](std::uint64_t blocks, std::uint64_t) { done = blocks; });
  shown.reset();
  if (!quiet)
    print(stdout, fmt::format("{} bytes: {} copied, {} mapped but zero, the rest not mapped\n",
                              size_bytes, summary.bytes_copied, summary.bytes_of_zeroes));
  return print_losses(contents, line.has("verbose")) ? exit_bad : exit_good;
}

}  // namespace

const command thin_extract_command{&syntax, run};

}  // namespace thin_tools
