// Text that describes a pool, read and proven.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "persistent-data/stream/stream_spool.h"
#include "thin-tools/gate/gate.h"
#include "thin-tools/text/xml_reader.h"

namespace thin_tools {

// How far the reading is; read from another thread.
struct reading_progress {
  std::atomic<std::uint64_t> bytes_read{0};
  std::atomic<std::uint64_t> bytes_expected{0};  // 0: not known (a pipe)
};

// Instead of what the text says.
struct stream_overrides {
  std::optional<std::uint64_t> transaction_id;
  std::optional<std::uint32_t> data_block_size;
  std::optional<std::uint64_t> nr_data_blocks;
};

// Reads XML or JSON of thin_dump. The pool is
// in the order of metadata_stream.h, whatever the order of the text; only a text
// in another order is sorted. Throws error, naming file, line and element, if the
// text is no sound description of a whole pool.
std::unique_ptr<pdata::stream_spool> read_stream_file(const pass& input,
                                                      const stream_overrides& overrides,
                                                      const warning_listener& warn,
                                                      reading_progress& progress);

}  // namespace thin_tools
