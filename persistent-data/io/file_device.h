// A regular file or a block device as a block_device.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "persistent-data/io/block_device.h"
#include "persistent-data/io/file_handle.h"

namespace pdata {

class file_device : public block_device {
 public:
  // What was opened, and what must live as long as it is open, if anything. Throws
  // error, naming it by `path`, if it is neither a regular file nor a block device.
  file_device(std::string path, file_handle opened, std::shared_ptr<const void> held = nullptr);

  metadata_block nr_blocks() const override { return size_bytes_ / block_size; }
  std::uint64_t size_bytes() const { return size_bytes_; }
  bool is_block_device() const { return is_block_device_; }
  const std::string& path() const { return path_; }

  status read(metadata_block first, std::span<std::byte> to) override;
  status write(metadata_block first, std::span<const std::byte> from) override;
  status flush() override { return file_.sync(); }

  int descriptor() const { return file_.descriptor(); }
  // Of blocks that the device has. A tool whose result may lack something for it says so.
  std::uint64_t nr_failed_reads() const { return nr_failed_reads_; }

 private:
  bool covers(metadata_block first, std::size_t bytes) const;

  std::string path_;
  std::shared_ptr<const void> held_;
  file_handle file_;
  std::atomic<std::uint64_t> nr_failed_reads_{0};
  std::uint64_t size_bytes_ = 0;
  bool is_block_device_ = false;
};

// Blocks that are read again and again, in small pieces, are better kept by the
// kernel than read past it: from now on a file or block device is read through the
// page cache; any other device stays as it is.
void read_through_cache(block_device& device);

// The first block from `from` on that is not known to be zeroes without being read: holes
// of a file are known. The device's number of blocks if there is none. Requires
// from <= nr_blocks().
metadata_block next_data(const block_device& device, metadata_block from);

}  // namespace pdata
