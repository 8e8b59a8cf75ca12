// A volume as a stream: all that is mapped, or what a base lacks.
#pragma once

#include <atomic>

#include "thin-tools/text/text_sink.h"
#include "thin-tools/transfer/source_volume.h"

namespace thin_tools {

struct send_request {
  const source_volume& volume;
  const source_volume* base = nullptr;  // null: all of the volume is sent
  std::uint64_t transaction_id = 0;     // of the pool
  std::uint32_t block_sectors = 0;
  std::optional<resume_token> resume;  // go on from there
};

struct send_summary {
  std::uint64_t data_bytes = 0;  // in frames
  std::uint64_t zero_bytes = 0;  // of ranges that are zero now
  std::uint64_t stream_bytes = 0;
  digest_value contents;  // of the volume
};

struct send_progress {
  std::atomic<std::uint64_t> bytes_read{0};
  std::atomic<std::uint64_t> bytes_expected{0};  // to be read
};

// The same request gives the same stream as long as the pool has not changed. Of a base all is
// read before the stream begins. Throws error; what was written till then is no whole stream.
send_summary send_volume(const send_request& what, const data_device& data, text_sink& to,
                         send_progress& progress);

}  // namespace thin_tools
