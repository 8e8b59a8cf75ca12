// Unpacks a pack file to a file or block device.
#pragma once

#include <string>

#include "thin-tools/pack/unpacker.h"

namespace thin_tools {

// Decodes everything once without writing, then writes: a damaged pack file
// leaves the output as it was. A file is made anew with the size of the metadata,
// and takes its name when it is whole; a device must have at least that size. Blocks that the pack
// file does not name become zeroes. The superblock comes last, so that what an
// interrupted run leaves cannot be taken for metadata. Durable on return. Throws
// error.
void unpack(const pack_file& from, const pass& to);

}  // namespace thin_tools
