// The operations of a pool on metadata in a file, as the kernel makes them.
#pragma once

#include <cstdint>
#include <string>

#include "persistent-data/io/file_device.h"

namespace thin_tools {

enum class pool_action : std::uint8_t {
  create_thin,
  create_snap,
  delete_device,
  reserve_metadata_snapshot,
  release_metadata_snapshot,
  set_transaction_id,
  set_needs_check,
};

struct pool_change {
  pool_action action{};
  std::uint64_t number = 0;  // the device, the transaction id, or whether to set the flag
  std::uint64_t origin = 0;  // of a snapshot
};

struct pool_format {
  std::uint32_t data_block_size = 128;  // sectors
  std::uint64_t nr_data_blocks = 10240;
};

// A new pool without devices, whatever the file holds. Throws error, with nothing
// changed, if it would not fit.
void format_pool(pdata::file_device& device, const pool_format& format);

// Changes a pool and commits. Throws error; then the pool is as it was.
void change_pool(pdata::file_device& device, const pool_change& change);

}  // namespace thin_tools
