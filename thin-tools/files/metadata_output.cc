#include "thin-tools/files/metadata_output.h"

#include <optional>

#include "persistent-data/base/error.h"
#include "thin-tools/files/output_device.h"

namespace thin_tools {

namespace {

struct rehearsed_pool {
  pdata::pool_build_options how;
  pdata::metadata_block blocks_needed;
  bool shares;
  bool could_share;
};

rehearsed_pool rehearse(const pdata::stream_spool& pool, pdata::metadata_block nr_blocks,
                        pdata::pool_build_options how) {
  const auto builder = pdata::pool_builder::rehearsal(nr_blocks, how);
  pool.replay(*builder);
  return {how, builder->blocks_needed(), builder->found_identical_leaves(),
          builder->maps_data_twice()};
}

// Snapshots of a few changes each do best with leaves that end alike, those of
// long stretches without; a leaf that is not full has room for what a snapshot
// has in addition.
constexpr std::uint32_t not_quite_full = 240;  // of 252
constexpr pdata::pool_build_options ways_to_share[] = {
    {.find_identical_leaves = true},
    {.find_identical_leaves = true, .end_leaves_alike = true},
    {.find_identical_leaves = true, .end_leaves_alike = true, .leaf_entries = not_quite_full},
    {.find_identical_leaves = true, .leaf_entries = not_quite_full},
};

rehearsed_pool rehearse_shared(const pdata::stream_spool& pool, pdata::metadata_block nr_blocks) {
  std::optional<rehearsed_pool> smallest;
  bool shares = false;
  for (const auto& how : ways_to_share) {
    const auto rehearsed = rehearse(pool, nr_blocks, how);
    if (!smallest || rehearsed.blocks_needed < smallest->blocks_needed) smallest = rehearsed;
    shares |= rehearsed.shares;
    // Room for what is added to shared leaves: of no use where there are none.
    if (how.end_leaves_alike && !shares) break;
  }
  return *smallest;
}

}  // namespace

pdata::pool_build_options plan_pool(const pdata::stream_spool& pool,
                                    const pdata::file_device& output, bool share) {
  const auto room = output.nr_blocks();
  if (!share) {
    const auto plain = rehearse(pool, room, {});
    if (plain.blocks_needed <= room) return plain.how;
    if (!plain.could_share) expect_room(output, plain.blocks_needed);
  }
  const auto shared = rehearse_shared(pool, room);
  expect_room(output, shared.blocks_needed);
  return shared.how;
}

void write_pool(const pdata::stream_spool& pool, pdata::file_device& output,
                pdata::pool_build_options how) {
  try {
    pdata::pool_builder builder(output, how);
    pool.replay(builder);
  } catch (const std::exception& e) {
    throw pdata::error("'" + output.path() + "': " + e.what() +
                       "; its old superblock was erased, it holds no usable metadata now");
  }
}

}  // namespace thin_tools
