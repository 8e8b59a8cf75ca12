// The device or file that metadata, or what it was made of, is written to.
#pragma once

#include <memory>
#include <string>

#include "persistent-data/io/file_device.h"

namespace thin_tools {

// Opens it for writing, exclusively. Throws error if it does not exist, is no
// device or regular file, is empty, too small for any pool, in use, or may not
// be written.
std::unique_ptr<pdata::file_device> open_output_device(const std::string& path);

// Makes a file or block device hold `bytes` zeroes, and opens it for writing: a file
// is created or replaced, and sparse; a block device must be large enough and not in
// use. Throws error.
pdata::file_handle open_zeroed(const std::string& path, std::uint64_t bytes);

// Throws error if both names lead to one file or device, through a loop device,
// too. Neither needs to exist; "-" as the input is standard input.
void refuse_same_file(const std::string& input, const std::string& output);

// Throws error if the metadata of a pool needs more blocks than the output has.
void expect_room(const pdata::file_device& output, pdata::metadata_block blocks_needed);

}  // namespace thin_tools
