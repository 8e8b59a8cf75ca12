// Carries out the moves of a plan on the data device. The sources stay as they
// are and the targets were free, so the old metadata remains valid throughout,
// and moving again does no harm; a journal file saves an interrupted run from
// starting over.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "thin-tools/files/data_device.h"
#include "thin-tools/shrink/shrink_plan.h"

namespace thin_tools {

// How far an interrupted run came. The file holds the plan's fingerprint and
// the number of blocks that are durably moved, counted in the plan's order.
class move_journal {
 public:
  // No path: nothing is kept.
  move_journal(std::string path, const shrink_plan& plan);

  // 0 if there is no journal. Throws error if it belongs to another plan.
  std::uint64_t blocks_done() const;
  // Durable on return.
  void record(std::uint64_t blocks_done) const;
  void remove() const;

 private:
  std::string path_;
  std::uint64_t fingerprint_;
};

using move_progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

// Moves everything from where the journal says. Each piece is made durable, read
// back and compared before the journal counts it. `block_bytes`: data block size.
void move_data(const data_device& device, const shrink_plan& plan, std::uint64_t block_bytes,
               const move_journal& journal, const move_progress& progress);

}  // namespace thin_tools
