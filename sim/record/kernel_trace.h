// The kernel's tracer of block devices: set up on an open device, it writes records into a buffer
// for each processor, which are files in a directory of debugfs. Interface:
// include/uapi/linux/blktrace_api.h of Linux 6.1 and 7.3.
#pragma once

#include <cstdint>
#include <string>

#include "persistent-data/io/file_handle.h"

namespace sim::record {

struct buffer_sizes {
  std::uint32_t bytes = 512 << 10;  // of one of them
  std::uint32_t count = 4;          // for each processor
};

class kernel_trace {
 public:
  // Sets it up, with version 2 of the records where the kernel has it: it alone sees FUA writes
  // on every kernel, and write-zeroes and zone operations. Throws pdata::error naming the device
  // and the reason; EBUSY says that somebody else traces it.
  kernel_trace(const std::string& device, const std::string& debugfs, const buffer_sizes& sizes);
  ~kernel_trace();  // tears it down
  kernel_trace(const kernel_trace&) = delete;
  kernel_trace& operator=(const kernel_trace&) = delete;

  const std::string& device() const { return device_; }
  unsigned version() const { return version_; }
  const std::string& directory() const { return directory_; }  // where the buffers are

  void start();
  void stop();  // what is in the buffers can still be read

 private:
  void control(unsigned long request, const char* what);

  std::string device_;
  std::string directory_;
  pdata::file_handle file_;
  unsigned version_ = 2;
  bool running_ = false;
};

}  // namespace sim::record
