// XML or JSON to binary metadata.
//
// The input is read once and proven good as a whole; what it says is put aside
// in a compact form meanwhile. Then the result is rehearsed to know how large
// it will be, and only if it fits is the output touched. It carries a valid
// superblock only when everything else is durable.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "thin-tools/files/metadata_output.h"
#include "thin-tools/text/stream_file.h"

namespace thin_tools {

struct restore_options {
  std::string input;   // "-": standard input
  std::string output;  // an existing file or device
  stream_overrides overrides;
  sharing shared = sharing::found;
};

// How far a restore is; read from another thread.
struct restore_progress : reading_progress {
  std::atomic<bool> writing{false};
};

// Throws error, naming line and element where the input is at fault. `examine` as of
// write_pool().
void restore(const restore_options& options, const warning_listener& warn,
             const result_examiner& examine, restore_progress& progress);

}  // namespace thin_tools
