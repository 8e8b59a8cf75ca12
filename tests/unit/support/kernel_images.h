// Metadata that Linux 6.1 wrote, for unit tests: the files of
// tests/functional/kernel-images, whose README says how they were made.
#pragma once

#include <string>
#include <vector>

#include "persistent-data/io/memory_device.h"

namespace test_support {

// The names of all images, in ascending order: "discards", "external-origin", ...
std::vector<std::string> kernel_image_names();

// A copy of the image in memory. Throws std::runtime_error naming the file if it
// cannot be read.
pdata::memory_device load_kernel_image(const std::string& name);

// The same for any gzipped image.
pdata::memory_device load_gzipped_image(const std::string& path);

}  // namespace test_support
