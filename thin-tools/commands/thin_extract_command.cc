#include <fmt/format.h>

#include <atomic>
#include <optional>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/format/damage_sinks.h"
#include "persistent-data/survey/metadata_input.h"
#include "thin-tools/commands/tool_commands.h"
#include "thin-tools/console/output.h"
#include "thin-tools/console/progress_line.h"
#include "thin-tools/extract/extract.h"
#include "thin-tools/files/output_device.h"
#include "thin-tools/size/size_option.h"

namespace thin_tools {

namespace {

constexpr option_row options[] = {
    {0, "metadata-dev", argument::required, "DEVICE", "the pool's metadata device or file"},
    {0, "data-dev", argument::required, "DEVICE", "the pool's data device or file"},
    {0, "dev-id", argument::required, "N", "the thin device to copy out"},
    {'o', "output", argument::required, "FILE", "file or device to copy to"},
    {'m', "metadata-snap", argument::none, "",
     "as the metadata snapshot has it; works while the pool is active"},
    {0, "size", argument::required, "SIZE",
     "size of the volume (default: up to its last mapped block); sectors without unit"},
    {'q', "quiet", argument::none, "", "no output but errors and what is lost"},
};
constexpr command_syntax syntax{
    "thin_extract", "Copy the data of one thin device out of a pool without activating it.", "",
    options};

std::uint64_t volume_size(const command_line& line, const volume_contents& contents,
                          std::uint64_t block_bytes) {
  if (const auto size = sectors_option(line, "size")) return *size * sectors.bytes;
  const auto size = pdata::checked_mul(contents.end, block_bytes);
  if (!size || *size > INT64_MAX)
    throw pdata::error(
        fmt::format("virtual block {} is mapped; give the volume's --size", contents.end - 1));
  return *size;
}

// Damage is told whatever else is quiet: these ranges read as zeroes. Returns true if
// there is any.
bool print_losses(const volume_contents& contents) {
  bool any = false;
  for (const auto& finding : contents.damage) {
    if (pdata::catalogue_row(finding.id).severity != pdata::severity::fatal) continue;
    print(stderr, fmt::format("lost: {}\n", pdata::describe(finding)));
    any = true;
  }
  return any;
}

int run(const command_line& line) {
  const auto metadata_path = line.required_value("metadata-dev", "No metadata device provided.");
  const auto data_path = line.required_value("data-dev", "No data device provided.");
  line.required_value("dev-id", "No device id provided.");
  const auto output = line.required_value("output", "No output file provided.");
  line.expect_no_operands();
  const bool quiet = line.has("quiet");
  const bool snapshot = line.has("metadata-snap");
  refuse_same_file(metadata_path, output);
  refuse_same_file(data_path, output);

  const auto metadata = pdata::open_metadata(
      metadata_path, snapshot ? pdata::access::read_shared : pdata::access::read_exclusive);
  pdata::silent_sink other_damage;  // what is lost of the device is told below
  const auto layout =
      pdata::read_layout(*metadata, metadata_path, {.from_snapshot = snapshot}, other_damage);
  const data_device data(data_path, data_access::read);
  pdata::batch_reader reader(*metadata);
  extract_options wanted{.device = line.number("dev-id").value_or(0)};
  const auto contents = survey_volume(reader, layout, wanted.device);
  const auto block_bytes = std::uint64_t{layout.chosen().data_block_size} * pdata::sector_bytes;
  wanted.size_bytes = volume_size(line, contents, block_bytes);

  std::atomic<std::uint64_t> done{0};
  std::optional<progress_line> shown;
  if (!quiet)
    shown.emplace([&] {
      return fmt::format("copied {} of {} data blocks", done.load(), contents.mapped_blocks);
    });
  const auto summary = extract_volume(reader, layout, data, output, wanted,
                                      [&](std::uint64_t blocks, std::uint64_t) { done = blocks; });
  shown.reset();
  if (!quiet)
    print(stdout, fmt::format("{} bytes: {} copied, {} mapped but zero, the rest not mapped\n",
                              wanted.size_bytes, summary.bytes_copied, summary.bytes_of_zeroes));
  return print_losses(contents) ? exit_bad : exit_good;
}

}  // namespace

const command thin_extract_command{&syntax, run};

}  // namespace thin_tools
