// Opening what a user gives a tool as metadata, and saying what it is if it is
// something else. All messages name the file and fit one line.
#pragma once

#include <memory>
#include <string>

#include "persistent-data/format/block.h"
#include "persistent-data/io/file_device.h"

namespace pdata {

// Throws error if the file cannot be opened, is XML, or is smaller than a block.
std::unique_ptr<file_device> open_metadata(const std::string& path, access mode);

// What a first block that is no superblock looks like: "it is all zeroes", "it
// looks like an ext4 file system", or empty.
std::string describe_foreign(block_view first_block);

}  // namespace pdata
