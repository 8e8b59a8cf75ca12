// Makes a pool fit a smaller data device: moves data below the new end, then
// writes metadata that says so.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "thin-tools/shrink/data_mover.h"
#include "thin-tools/text/xml_reader.h"

namespace thin_tools {

struct shrink_options {
  std::string input;   // XML or JSON; with `binary`, metadata
  std::string output;  // XML; with `binary`, an existing device or file for metadata
  std::string data;    // the data device
  std::uint64_t nr_blocks = 0;
  bool binary = false;
  bool copy = true;  // else only the metadata is changed
  bool dry_run = false;
  std::string journal;  // "": none is kept
};

struct shrink_summary {
  std::uint64_t old_nr_blocks = 0;
  std::uint64_t blocks_to_move = 0;
  std::uint64_t nr_moves = 0;
  std::uint64_t blocks_resumed = 0;  // moved by an earlier run, and compared with their sources
  std::uint64_t blocks_renewed = 0;  // changed since an earlier run: moved again
};

// Input and plan are proven before the first byte moves; the metadata is
// written after the last one is safe. Throws error; a run that was interrupted
// goes on where its journal says.
shrink_summary shrink(const shrink_options& options, const move_progress& progress,
                      const warning_listener& warn);

}  // namespace thin_tools
