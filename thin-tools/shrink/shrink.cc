#include "thin-tools/shrink/shrink.h"

#include <fmt/format.h>

#include <algorithm>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"
#include "persistent-data/format/damage_sinks.h"
#include "persistent-data/stream/pool_reader.h"
#include "persistent-data/stream/stream_validator.h"
#include "persistent-data/survey/metadata_input.h"
#include "thin-tools/files/metadata_output.h"
#include "thin-tools/files/output_device.h"
#include "thin-tools/files/output_file.h"
#include "thin-tools/text/stream_file.h"
#include "thin-tools/text/xml_writer.h"

namespace thin_tools {

using pdata::error;

namespace {

std::unique_ptr<pdata::stream_spool> read_binary(const std::string& path) {
  pdata::refusing_sink refuse;
  const auto device = pdata::open_metadata(path, pdata::access::read_exclusive);
  const auto layout = pdata::read_layout(*device, path, {}, refuse);
  pdata::batch_reader reader(*device);
  auto pool = std::make_unique<pdata::stream_spool>();
  pdata::stream_validator proof(*pool);
  pdata::stream_pool(reader, layout, pdata::describe_superblock(layout.chosen()), {.defs = true},
                     proof, refuse);
  proof.expect_complete();
  return pool;
}

std::unique_ptr<pdata::stream_spool> read_input(const shrink_options& options,
                                                const warning_listener& warn) {
  reading_progress unshown;
  return options.binary ? read_binary(options.input)
                        : read_stream_file(options.input, {}, warn, unshown);
}

// Everything that will be read or written must lie on the device.
void require_room_for_data(const data_device& data, const shrink_plan& plan,
                           std::uint64_t block_bytes) {
  pdata::data_block end = 0;
  for (const auto& move : plan.moves)
    end = std::max({end, move.from + move.length, move.to + move.length});
  const auto wanted = pdata::checked_mul(end, block_bytes);
  if (!wanted || *wanted > data.size_bytes())
    throw error(fmt::format("data device '{}' ends before data block {}", data.path(), end - 1));
}

void move_all(const shrink_options& options, const shrink_plan& plan, std::uint64_t block_bytes,
              const move_progress& progress, shrink_summary& summary) {
  const data_device data(options.data, data_access::write);
  require_room_for_data(data, plan, block_bytes);
  const move_journal journal(options.journal, plan);
  summary.blocks_resumed = journal.blocks_done();
  move_data(data, plan, block_bytes, journal, progress);
}

}  // namespace

shrink_summary shrink(const shrink_options& options, const move_progress& progress,
                      const warning_listener& warn) {
  refuse_same_file(options.input, options.output);
  refuse_same_file(options.data, options.output);
  const auto pool = read_input(options, warn);
  used_blocks used;
  pool->replay(used);
  if (options.nr_blocks > used.superblock().nr_data_blocks)
    throw error(fmt::format("the pool has {} data blocks and cannot shrink to {}",
                            used.superblock().nr_data_blocks, options.nr_blocks));
  const auto plan = used.plan(options.nr_blocks);
  shrink_summary summary{.old_nr_blocks = used.superblock().nr_data_blocks,
                         .blocks_to_move = plan.blocks_to_move(),
                         .nr_moves = plan.moves.size()};
  if (options.dry_run) return summary;

  const auto block_bytes = std::uint64_t{used.superblock().data_block_size} * pdata::sector_bytes;
  const auto move = [&] {
    if (options.copy) move_all(options, plan, block_bytes, progress, summary);
  };
  if (options.binary) {
    pdata::stream_spool moved;
    moved_stream remap(plan, moved);
    pool->replay(remap);
    const auto output = open_output_device(options.output);
    const auto how = plan_pool(moved, *output, false);
    move();
    write_pool(moved, *output, how);
  } else {
    output_file file(options.output);
    xml_writer xml(file);
    moved_stream remap(plan, xml);
    move();
    pool->replay(remap);
    file.commit();
  }
  if (options.copy) move_journal(options.journal, plan).remove();
  return summary;
}

}  // namespace thin_tools
