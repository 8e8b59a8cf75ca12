#include "tests/unit/support/kernel_images.h"
#include "tests/support/tests_folder.h"

#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <stdexcept>

namespace test_support {

namespace {

const std::string folder = tests_folder() + "/functional/kernel-images";
const std::string suffix = ".metadata.gz";

}  // namespace

std::vector<std::string> kernel_image_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::string name = entry.path().filename().string();
    if (name.ends_with(suffix)) names.push_back(name.substr(0, name.size() - suffix.size()));
  }
  std::ranges::sort(names);
  return names;
}

pdata::memory_device load_kernel_image(const std::string& name) {
  return load_gzipped_image(folder + "/" + name + suffix);
}

pdata::memory_device load_gzipped_image(const std::string& path) {
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rb"), gzclose);
  if (!file) throw std::runtime_error("cannot open " + path);
  pdata::memory_device image(0);
  for (;;) {
    pdata::block_buffer block;
    const int length = gzread(file.get(), block.bytes.data(), pdata::block_size);
    if (length == 0) return image;
    if (length != static_cast<int>(pdata::block_size))
      throw std::runtime_error(path + " is not a whole number of blocks");
    image.resize(image.nr_blocks() + 1);
    image.at(image.nr_blocks() - 1) = block;
  }
}

}  // namespace test_support
