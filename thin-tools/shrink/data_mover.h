// Carries out the moves of a plan on the data device. The sources stay as they
// are and the targets were free, so the old metadata remains valid throughout,
// and moving again does no harm; a journal file saves an interrupted run from
// starting over.
#pragma once

#include <cstdint>
#include <functional>

#include "thin-tools/files/data_device.h"
#include "thin-tools/shrink/move_journal.h"

namespace thin_tools {

using move_progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

struct move_summary {
  std::uint64_t blocks_resumed = 0;  // data blocks moved by an earlier run and still good
  std::uint64_t blocks_renewed = 0;  // whose source has changed since: moved again
};

// Moves everything. What the journal says is moved is compared with its source: where
// the source has changed it is moved again; where the target has, somebody else uses it,
// and error is thrown. Each piece is made durable, read back and compared before the
// journal counts it. `block_bytes`: data block size.
[[nodiscard]] move_summary move_data(const data_device& device, const shrink_plan& plan,
                                     std::uint64_t block_bytes, move_journal& journal,
                                     const move_progress& progress);

}  // namespace thin_tools
