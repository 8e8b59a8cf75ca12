// Unpacks a pack file to a file or block device.
#pragma once

#include <string>

#include "thin-tools/pack/unpacker.h"

namespace thin_tools {

// A file is made anew with the size of the metadata, and takes its name when it is
// whole. A device must have at least that size, and everything is decoded once before
// it is written to. So a damaged pack file leaves the output as it was. Blocks that the
// pack file does not name become zeroes. The superblock comes last, so that what an
// interrupted run leaves of a device cannot be taken for metadata. Durable on return.
// Throws error.
void unpack(const pack_file& from, const pass& to);

}  // namespace thin_tools
