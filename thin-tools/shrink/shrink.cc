#include "thin-tools/shrink/shrink.h"

#include <fmt/format.h>

#include <optional>

#include "persistent-data/base/error.h"
#include "persistent-data/format/damage_sinks.h"
#include "persistent-data/stream/pool_reader.h"
#include "persistent-data/stream/stream_validator.h"
#include "thin-tools/files/metadata_file.h"
#include "thin-tools/files/metadata_output.h"
#include "thin-tools/files/output_device.h"
#include "thin-tools/files/output_file.h"
#include "thin-tools/text/stream_file.h"
#include "thin-tools/text/text_source.h"
#include "thin-tools/text/xml_writer.h"

namespace thin_tools {

using pdata::error;

namespace {

std::unique_ptr<pdata::stream_spool> read_binary(const pass& input) {
  pdata::refusing_sink refuse;
  const auto device = open_metadata(input);
  const auto layout = pdata::read_layout(*device, input.path(), {}, refuse);
  pdata::batch_reader reader(*device);
  auto pool = std::make_unique<pdata::stream_spool>();
  pdata::stream_validator proof(*pool);
  // Damage is thrown, and with it whatever is not whole.
  if (!pdata::stream_pool(reader, layout, pdata::describe_superblock(layout.chosen()),
                          {.defs = true}, proof, refuse))
    throw error("'" + input.path() + "': the metadata cannot be read");
  proof.expect_complete();
  return pool;
}

std::unique_ptr<pdata::stream_spool> read_input(const pass& input, bool binary,
                                                const warning_listener& warn) {
  reading_progress unshown;
  return binary ? read_binary(input) : read_stream_file(input, {}, warn, unshown);
}

// All that the run opens.
struct shrink_passes {
  explicit shrink_passes(const shrink_options& options)
      : input(
            admit(options.binary ? metadata_request(options.input) : text_request(options.input))),
        data(admit(
            data_request(options.data, options.copy && !options.dry_run ? use::write : use::read))),
        output(admit(options.binary ? output_device_request(options.output)
                                    : output_request(options.output))) {
    if (!options.journal.empty() && options.copy)
      journal = admit({"journal", options.journal, use::replace});
  }

  pass input;
  pass data;
  pass output;
  std::optional<pass> journal;
};

}  // namespace

shrink_summary shrink(const shrink_options& options, const move_progress& progress,
                      const warning_listener& warn) {
  const shrink_passes passes(options);
  const auto pool = read_input(passes.input, options.binary, warn);
  used_blocks used;
  pool->replay(used);
  if (options.nr_blocks > used.superblock().nr_data_blocks)
    throw error(fmt::format("the pool has {} data blocks and cannot shrink to {}",
                            used.superblock().nr_data_blocks, options.nr_blocks));
  const pool_extent extent{
      .nr_blocks = used.superblock().nr_data_blocks,
      .blocks_used = used.end(),
      .block_bytes = std::uint64_t{used.superblock().data_block_size} * pdata::sector_bytes};
  const auto plan = used.plan(options.nr_blocks);
  shrink_summary summary{.old_nr_blocks = extent.nr_blocks,
                         .blocks_to_move = plan.blocks_to_move(),
                         .nr_moves = plan.moves.size()};
  std::optional<data_device> data;
  if (options.copy) {
    data.emplace(passes.data);
    expect_mapped_blocks(*data, extent);
    if (const auto remark = size_remark(*data, extent); !remark.empty()) warn(remark);
  }
  if (options.dry_run) return summary;

  pool_digest digest;
  pool->replay(digest);
  move_journal journal(passes.journal, plan, digest);
  const auto move = [&] {
    if (!options.copy) return;
    const auto moved = move_data(*data, plan, extent.block_bytes, journal, progress);
    summary.blocks_resumed = moved.blocks_resumed;
    summary.blocks_renewed = moved.blocks_renewed;
    if (moved.blocks_renewed != 0 && !options.binary)
      warn(
          "the pool was in use since the run that was interrupted: if its mappings changed, this "
          "input is old, and its metadata must be dumped again");
  };
  if (options.binary) {
    pdata::stream_spool moved;
    moved_stream remap(plan, moved);
    pool->replay(remap);
    new_metadata output(passes.output);
    const auto planned = plan_pool(moved, output.device(), sharing::found);
    move();
    if (write_pool(moved, output, planned)) warn(needs_check_remark);
  } else {
    output_file file(passes.output);
    xml_writer xml(file);
    moved_stream remap(plan, xml);
    move();
    pool->replay(remap);
    file.commit();
  }
  journal.remove();
  return summary;
}

}  // namespace thin_tools
