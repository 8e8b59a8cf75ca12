#include "thin-tools/restore/pool_output.h"

#include "persistent-data/base/error.h"
#include "thin-tools/report/output_device.h"

namespace thin_tools {

namespace {

pdata::metadata_block rehearse(const pdata::stream_spool& pool, pdata::metadata_block nr_blocks,
                               pdata::pool_build_options how) {
  const auto builder = pdata::pool_builder::rehearsal(nr_blocks, how);
  pool.replay(*builder);
  return builder->blocks_needed();
}

}  // namespace

pdata::pool_build_options plan_pool(const pdata::stream_spool& pool,
                                    const pdata::file_device& output, bool share) {
  const auto room = output.nr_blocks();
  const pdata::pool_build_options as_wished{share};
  const auto needed = rehearse(pool, room, as_wished);
  if (needed <= room || share) {
    expect_room(output, needed);
    return as_wished;
  }
  const pdata::pool_build_options shared{true};
  expect_room(output, rehearse(pool, room, shared));
  return shared;
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
