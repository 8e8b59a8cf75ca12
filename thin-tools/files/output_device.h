// The device or file that metadata, or what it was made of, is written to.
#pragma once

#include <memory>
#include <string>

#include "persistent-data/io/file_device.h"
#include "thin-tools/files/output_file.h"
#include "thin-tools/gate/gate.h"

namespace thin_tools {

// An existing device or file that is changed in place.
inline request output_device_request(std::string path) {
  return {"output", std::move(path), use::write};
}

// Opens it for writing, exclusively. Throws error if it does not exist, is no
// device or regular file, is empty, too small for any pool, in use, or may not
// be written.
std::unique_ptr<pdata::file_device> open_output_device(const pass& admitted);
std::unique_ptr<pdata::file_device> open_output_device(const std::string& path);

// A file or block device of so many bytes, zeroes where nothing is written: a file is
// made anew, sparse, and takes its name when it is whole; a block device must be large
// enough and not in use, and is zeroed where it is opened. Throws error.
class zeroed_output {
 public:
  zeroed_output(pass admitted, std::uint64_t bytes);

  const pdata::file_handle& file() const { return output_.file(); }
  const std::string& path() const { return path_; }
  void commit() { output_.commit(); }

 private:
  std::string path_;
  output_file output_;
};

// Throws error if the metadata of a pool needs more blocks than the output has.
void expect_room(const pdata::file_device& output, pdata::metadata_block blocks_needed);

}  // namespace thin_tools
