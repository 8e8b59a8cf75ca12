// The device or file that new metadata is written to.
#pragma once

#include <memory>
#include <string>

#include "persistent-data/io/file_device.h"

namespace thin_tools {

// Opens it for writing, exclusively. Throws error if it does not exist, is no
// device or regular file, is empty, too small for any pool, in use, or may not
// be written.
std::unique_ptr<pdata::file_device> open_output_device(const std::string& path);

// Throws error if both names lead to one file or device. Neither needs to
// exist; "-" as the input is standard input.
void refuse_same_file(const std::string& input, const std::string& output);

// Throws error if the metadata of a pool needs more blocks than the output has.
void expect_room(const pdata::file_device& output, pdata::metadata_block blocks_needed);

}  // namespace thin_tools
