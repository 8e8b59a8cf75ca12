// Metadata to pack file.
#pragma once

#include <cstdint>

#include "persistent-data/io/block_device.h"
#include "thin-tools/text/text_sink.h"

namespace thin_tools {

struct pack_options {
  // Also blocks without a known checksum, unless they are all zero. The peers
  // cannot read such files.
  bool keep_damaged = false;
};

struct pack_summary {
  std::uint64_t nr_stored = 0;
  std::uint64_t nr_damaged = 0;     // neither zero nor with a known checksum
  std::uint64_t nr_unreadable = 0;  // I/O errors; never stored
};

// Blocks are read and compressed on all cores; the file is the same in every
// run. Throws error if the device is larger than the format's limit or the
// output cannot be written.
pack_summary pack(pdata::block_device& from, text_sink& to, const pack_options& options);

}  // namespace thin_tools
