// A regular file or a block device as a block_device.
#pragma once

#include <cstdint>
#include <string>

#include "persistent-data/io/block_device.h"
#include "persistent-data/io/file_handle.h"

namespace pdata {

enum class access : std::uint8_t {
  read_exclusive,  // O_EXCL on block devices: refused while a pool is active on it
  read_shared,     // for the metadata snapshot of a live pool
  write_exclusive,
};

class file_device : public block_device {
 public:
  // Opens an existing file. Uses direct I/O on block devices.
  // Throws error, naming the file and the reason, if it does not exist, is
  // neither a regular file nor a block device, is in use or cannot be opened.
  file_device(std::string path, access mode);

  metadata_block nr_blocks() const override { return size_bytes_ / block_size; }
  std::uint64_t size_bytes() const { return size_bytes_; }
  bool is_block_device() const { return is_block_device_; }
  const std::string& path() const { return path_; }

  status read(metadata_block first, std::span<std::byte> to) override;
  status write(metadata_block first, std::span<const std::byte> from) override;
  status flush() override { return file_.sync(); }

  int descriptor() const { return file_.descriptor(); }

 private:
  bool covers(metadata_block first, std::size_t bytes) const;

  std::string path_;
  file_handle file_;
  std::uint64_t size_bytes_ = 0;
  bool is_block_device_ = false;
};

// Blocks that are read again and again, in small pieces, are better kept by the
// kernel than read past it: from now on a file or block device is read through the
// page cache; any other device stays as it is.
void read_through_cache(block_device& device);

}  // namespace pdata
