#include "thin-tools/generate/pool_change.h"

#include <fmt/format.h>

#include <memory>

#include "persistent-data/base/error.h"
#include "persistent-data/engine/pool.h"
#include "persistent-data/format/damage_sinks.h"
#include "persistent-data/format/superblock.h"
#include "persistent-data/stream/pool_builder.h"
#include "persistent-data/stream/stream_validator.h"
#include "persistent-data/survey/pool_layout.h"
#include "thin-tools/files/output_device.h"
#include "thin-tools/generate/field_change.h"

namespace thin_tools {

namespace {

void expect(pdata::status outcome, const std::string& what, const pdata::file_device& device) {
  if (!outcome.ok())
    pdata::throw_errno("Couldn't " + what + " in", device.path(), outcome.errno_value());
}

std::unique_ptr<pdata::pool_metadata> open_pool(pdata::file_device& device,
                                                const pdata::pool_open_options& options) {
  auto pool = pdata::pool_metadata::open(device, options);
  if (!pool.ok()) expect(pool.failure(), "open the pool", device);
  return std::move(*pool);
}

void expect_room_for(const pool_format& format, const pdata::file_device& device) {
  const auto rehearsal = pdata::pool_builder::rehearsal(device.nr_blocks(), {});
  pdata::stream_validator proof(*rehearsal);
  proof.begin_superblock(
      {.data_block_size = format.data_block_size, .nr_data_blocks = format.nr_data_blocks});
  proof.end_superblock();
  expect_room(device, rehearsal->blocks_needed());
}

std::string words_of(const pool_change& change) {
  switch (change.action) {
    case pool_action::create_thin:
      return fmt::format("create device {}", change.number);
    case pool_action::create_snap:
      return fmt::format("create device {} as a snapshot of {}", change.number, change.origin);
    case pool_action::delete_device:
      return fmt::format("delete device {}", change.number);
    case pool_action::reserve_metadata_snapshot:
      return "reserve a metadata snapshot";
    case pool_action::release_metadata_snapshot:
      return "release the metadata snapshot";
    case pool_action::set_transaction_id:
      return "set the transaction id";
    case pool_action::set_needs_check:
      break;
  }
  return "set the needs_check flag";
}

pdata::status apply(pdata::pool_metadata& pool, const pool_change& change) {
  switch (change.action) {
    case pool_action::create_thin:
      return pool.create_thin(change.number);
    case pool_action::create_snap:
      return pool.create_snap(change.number, change.origin);
    case pool_action::delete_device:
      return pool.delete_device(change.number);
    case pool_action::reserve_metadata_snapshot:
      return pool.reserve_metadata_snapshot();
    case pool_action::release_metadata_snapshot:
      return pool.release_metadata_snapshot();
    case pool_action::set_transaction_id: {
      const auto current = pool.transaction_id();
      return current.ok() ? pool.set_transaction_id(*current, change.number) : current.failure();
    }
    case pool_action::set_needs_check:
      break;
  }
  return pool.set_needs_check();
}

// No kernel does this; tools do.
void clear_needs_check(pdata::file_device& device, const pdata::superblock& active) {
  const field_change cleared{"flags", active.flags & ~pdata::flag_needs_check};
  change_fields(device, device.path(), pdata::superblock_location, {&cleared, 1}, checksums::renew);
}

}  // namespace

void format_pool(pdata::file_device& device, const pool_format& format) {
  expect_room_for(format, device);
  // The kernel takes a device whose first block is zeroes for a new one.
  const auto zeroes = std::make_unique<pdata::block_buffer>();
  expect(device.write(pdata::superblock_location, zeroes->view()), "write", device);
  const auto pool = open_pool(device, {.data_block_size = format.data_block_size});
  expect(pool->resize_data(format.nr_data_blocks), "make room for the data blocks", device);
  expect(pool->commit(), "commit", device);
  expect(pool->close(), "close the pool", device);
}

void change_pool(pdata::file_device& device, const pool_change& change) {
  pdata::silent_sink sink;
  const auto layout = pdata::read_layout(device, device.path(), {}, sink);
  if (change.action == pool_action::set_needs_check && change.number == 0)
    return clear_needs_check(device, layout.active);
  const auto pool =
      open_pool(device, {.data_block_size = layout.active.data_block_size, .may_format = false});
  if (const auto outcome = apply(*pool, change); !outcome.ok()) {
    pool->set_read_only();  // closing commits nothing
    expect(outcome, words_of(change), device);
  }
  expect(pool->commit(), "commit", device);
  expect(pool->close(), "close the pool", device);
}

}  // namespace thin_tools
