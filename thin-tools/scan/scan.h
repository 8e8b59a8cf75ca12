// Classifies every block of a metadata device, whatever state it is in: nothing
// needs to be sound, not even the superblock.
#pragma once

#include <optional>

#include "persistent-data/io/block_device.h"
#include "thin-tools/scan/scan_writer.h"

namespace thin_tools {

struct scan_options {
  pdata::metadata_block begin = 0;
  std::optional<pdata::metadata_block> end;  // exclusive; none: the last block, too
  bool references = false;
  bool fields = false;
  bool entries = false;
  bool text_bytes = false;  // of unknown blocks that are not all zeroes
};

// Returns how many blocks could not be read. Throws error if the range holds no block of
// the device.
[[nodiscard]] std::uint64_t scan(pdata::block_device& device, const scan_options& options,
                                 scan_writer& writer);

}  // namespace thin_tools
