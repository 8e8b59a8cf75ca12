#include <fmt/format.h>

#include <atomic>
#include <optional>
#include <vector>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/format/damage_sinks.h"
#include "persistent-data/io/steady_device.h"
#include "thin-tools/check/check.h"
#include "thin-tools/check/report_text.h"
#include "thin-tools/commands/tool_commands.h"
#include "thin-tools/console/output.h"
#include "thin-tools/console/peer_options.h"
#include "thin-tools/console/progress_line.h"
#include "thin-tools/files/metadata_file.h"
#include "thin-tools/trim/discarder.h"
#include "thin-tools/trim/free_data.h"

namespace thin_tools {

namespace {

constexpr option_row options[] = {
    {0, "metadata-dev", argument::required, "DEVICE", "the pool's metadata device or file"},
    {0, "data-dev", argument::required, "DEVICE", "the pool's data device or file"},
    {0, "dry-run", argument::none, "", "say what would be discarded, and discard nothing"},
    {'q', "quiet", argument::none, "", "no output but errors"},
    {0, "pool-inactive", argument::none, "", "accepted; the pool must be inactive anyway", true},
    unused_verbose_row,
    io_engine_row,
};
constexpr command_syntax syntax{
    "thin_trim", "Discard the free blocks of an inactive pool's data device.", "", options};

struct trim_tally {
  std::uint64_t ranges = 0;
  std::uint64_t blocks = 0;
  std::atomic<std::uint64_t> bytes{0};
};

// Free space is only as true as the metadata.
void require_sound(pdata::block_device& metadata, const std::string& name) {
  const auto report = check(metadata, name, {});
  if (report.outcome() != verdict::damaged) return;
  print(stderr, report_text(report, name));
  throw pdata::error(
      "metadata contains errors (run thin_check for details).  "
      "perhaps you need to run thin_repair.");
}

void require_whole_pool(const data_device& data, const pool_extent& pool) {
  const auto wanted = pdata::checked_mul(pool.nr_blocks, pool.block_bytes);
  if (!wanted || data.size_bytes() < *wanted)
    throw pdata::error(fmt::format(
        "unexpected data device size: '{}' has {} bytes, the pool's {} blocks of {} need more",
        data.path(), data.size_bytes(), pool.nr_blocks, pool.block_bytes));
}

// All are known before the first is discarded, and are those of the metadata that was
// checked: no block that is read again is another, and whatever changes the rest ends with
// another superblock.
std::vector<data_range> free_ranges(pdata::steady_device& metadata,
                                    const pdata::pool_layout& layout) {
  std::vector<data_range> all;
  pdata::batch_reader reader(metadata);
  for_each_free_range(reader, layout, [&](const data_range& range) { all.push_back(range); });
  pdata::block_buffer unchanged;
  if (const auto again = metadata.read(pdata::superblock_location, unchanged.span()); !again.ok())
    throw pdata::error("the superblock cannot be read again: " +
                       pdata::errno_text(again.errno_value()));
  return all;
}

int run(const command_line& line) {
  const auto metadata_path = line.required_value("metadata-dev", "No metadata device provided.");
  const auto data_path = line.required_value("data-dev", "No data device provided.");
  line.expect_no_operands();
  const bool dry_run = line.has("dry-run");
  const bool quiet = line.has("quiet");

  const auto metadata_pass = admit(metadata_request(metadata_path));
  const auto data_pass = admit(data_request(data_path, dry_run ? use::read : use::discard));
  const auto device = open_metadata(metadata_pass);
  pdata::steady_device metadata(*device, metadata_path);
  require_sound(metadata, metadata_path);
  pdata::silent_sink judged;  // by the checker
  const auto layout = pdata::read_layout(metadata, metadata_path, {}, judged);
  const std::uint64_t block_bytes =
      std::uint64_t{layout.active.data_block_size} * pdata::sector_bytes;

  const pool_extent pool{.nr_blocks = layout.nr_data_blocks, .block_bytes = block_bytes};
  const data_device data(data_pass);
  require_whole_pool(data, pool);
  if (const auto remark = size_remark(data, pool); !quiet && !remark.empty())
    print(stderr, remark + "\n");
  std::optional<discarder> discards;
  if (!dry_run) discards.emplace(data, read_discard_limits(data));

  trim_tally tally;
  const auto ranges = free_ranges(metadata, layout);
  {
    std::optional<progress_line> shown;
    if (!quiet && !dry_run)
      shown.emplace([&] { return fmt::format("discarded {} MiB", tally.bytes >> 20); });
    for (const auto& range : ranges) {
      ++tally.ranges;
      tally.blocks += range.end - range.begin;
      if (dry_run) {
        tally.bytes += (range.end - range.begin) * block_bytes;
        print(stdout, fmt::format("would discard blocks {}..{}\n", range.begin, range.end));
      } else {
        tally.bytes += discards->discard(range.begin * block_bytes, range.end * block_bytes);
      }
    }
  }
  if (!dry_run) data.sync();  // holes of a file
  if (!quiet)
    print(stdout, fmt::format("{} {} bytes: {} free data blocks of {}, in {} ranges\n",
                              dry_run ? "would discard" : "discarded", tally.bytes.load(),
                              tally.blocks, layout.nr_data_blocks, tally.ranges));
  return exit_good;
}

}  // namespace

const command thin_trim_command{&syntax, run};

}  // namespace thin_tools
