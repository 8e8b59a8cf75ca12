#include "thin-tools/size/measured_size.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <vector>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"
#include "persistent-data/base/memory_room.h"
#include "persistent-data/btree/leaf_stream.h"
#include "persistent-data/engine/pool.h"
#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/damage_sinks.h"
#include "persistent-data/format/superblock.h"
#include "persistent-data/io/memory_device.h"
#include "persistent-data/stream/pool_builder.h"
#include "persistent-data/stream/pool_reader.h"
#include "persistent-data/survey/small_trees.h"
#include "thin-tools/files/metadata_file.h"

namespace thin_tools {

using pdata::error;

namespace {

// What is tried out at most; trees of this size have the fill of larger ones.
constexpr std::uint64_t sample_mappings_max = 1000000;
constexpr std::uint64_t sample_devices_max = 1000;
constexpr std::uint64_t mappings_per_commit = 10000;

void require(const pdata::status& outcome) {
  if (!outcome.ok())
    throw error("the trial pool failed: " + pdata::errno_text(outcome.errno_value()));
}

template <class T>
T require(const pdata::result<T>& outcome) {
  if (!outcome.ok()) require(outcome.failure());
  return *outcome;
}

// The order in which a device's blocks are written. The sequence is the same in
// every run.
std::vector<std::uint64_t> writing_order(std::uint64_t count, unsigned percent_random,
                                         std::mt19937_64& random) {
  std::vector<std::uint64_t> order(pdata::to_room(count));
  std::iota(order.begin(), order.end(), 0);
  std::vector<std::size_t> moved;
  for (std::size_t i = 0; i < order.size(); ++i)
    if (random() % 100 < percent_random) moved.push_back(i);
  for (std::size_t i = moved.size(); i > 1; --i)
    std::swap(order[moved[i - 1]], order[moved[pdata::to_size(random() % i)]]);
  return order;
}

struct sample {
  std::uint64_t devices;
  std::uint64_t mappings;
};

// Metadata blocks in use after the sample was written to a fresh pool.
std::uint64_t try_out(const sample& s, std::uint64_t nr_data_blocks, unsigned percent_random) {
  const auto room = std::min<std::uint64_t>(
      pdata::max_metadata_blocks,
      1024 + 4 * (s.mappings / 100 + s.devices) + nr_data_blocks / pdata::entries_per_bitmap * 4);
  pdata::memory_device device(room);
  const auto pool = pdata::pool_metadata::open(device, {.data_block_size = 128});
  if (!pool.ok()) require(pool.failure());
  auto& metadata = **pool;
  require(metadata.resize_data(nr_data_blocks));
  require(metadata.commit());
  std::mt19937_64 random(1);
  std::uint64_t until_commit = mappings_per_commit;
  for (std::uint64_t id = 0; id < s.devices; ++id) {
    require(metadata.create_thin(id));
    require(metadata.commit());
    auto* thin = require(metadata.open_device(id));
    const auto share = s.mappings / s.devices + (id < s.mappings % s.devices);
    for (const auto block : writing_order(share, percent_random, random)) {
      require(metadata.insert_block(thin, block, require(metadata.alloc_data_block())));
      if (--until_commit != 0) continue;
      require(metadata.commit());
      until_commit = mappings_per_commit;
    }
    metadata.close_device(thin);
  }
  require(metadata.commit());
  pdata::block_buffer first;
  require(device.read(0, first.span()));
  return pdata::superblock::load(first.view()).metadata_space_map.nr_allocated;
}

}  // namespace

std::uint64_t measured_metadata_blocks(const pool_dimensions& shape, const pool_use& use) {
  const auto nr_data_blocks = shape.pool_bytes / shape.block_bytes;
  if (use.mappings > nr_data_blocks)
    throw error(fmt::format("{} mappings do not fit a pool of {} data blocks", use.mappings,
                            nr_data_blocks));
  const auto devices = std::max<std::uint64_t>(1, shape.max_thins);
  const sample tried{std::min(devices, sample_devices_max),
                     std::min(use.mappings, sample_mappings_max)};
  // The space map of a large data device is counted apart, as it is not scaled.
  const auto sampled =
      try_out(tried, std::max<std::uint64_t>(1, tried.mappings), use.fragmentation);
  const auto empty = try_out({tried.devices, 0}, 1, 0);
  const auto trees = sampled - empty;
  const auto scaled = use.mappings <= sample_mappings_max
                          ? trees
                          : static_cast<std::uint64_t>(static_cast<double>(trees) *
                                                       static_cast<double>(use.mappings) /
                                                       static_cast<double>(tried.mappings));
  const auto bitmaps = pdata::div_up(nr_data_blocks, pdata::entries_per_bitmap);
  const auto total = empty + (devices - tried.devices) + scaled + bitmaps;
  if (total > pdata::max_metadata_blocks)
    throw error(fmt::format("{} metadata blocks are needed; the kernel can use {}", total,
                            pdata::max_metadata_blocks));
  return total;
}

existing_size measure_existing(const std::string& path) {
  pdata::refusing_sink refuse;
  const auto device = open_metadata(path);
  const auto layout = pdata::read_layout(*device, path, {}, refuse);
  const auto nr_blocks = std::min(device->nr_blocks(), pdata::max_metadata_blocks);
  const auto rebuilt = pdata::pool_builder::rehearsal(nr_blocks, {});
  pdata::batch_reader reader(*device);
  // Damage is thrown, and with it whatever is not whole.
  if (!pdata::stream_pool(reader, layout, pdata::describe_superblock(layout.active), {.defs = true},
                          *rebuilt, refuse))
    throw error("'" + path + "': the metadata cannot be read");
  const auto devices = pdata::read_details(reader, layout, refuse).devices.size();
  const auto block_bytes = std::uint64_t{layout.active.data_block_size} * pdata::sector_bytes;
  return {.shape = {.block_bytes = block_bytes,
                    .pool_bytes = layout.nr_data_blocks * block_bytes,
                    .max_thins = devices},
          .blocks_used = layout.active.metadata_space_map.nr_allocated,
          .blocks_available = layout.nr_metadata_blocks,
          .blocks_rebuilt = rebuilt->blocks_needed()};
}

}  // namespace thin_tools
