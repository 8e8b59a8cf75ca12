// The data device of a pool, or a copy of a volume: a file or a block device,
// read and written by byte offset in large pieces, with direct I/O where the
// target allows it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "persistent-data/io/file_handle.h"

namespace thin_tools {

enum class data_access : std::uint8_t { read, write };

// Pieces are a multiple of 512 bytes, at most as long as this.
inline constexpr std::size_t data_piece_bytes_max = std::size_t{8} << 20;

class data_device {
 public:
  // Opens an existing file or block device; block devices for writing
  // exclusively. Throws error.
  data_device(const std::string& path, data_access mode);

  std::uint64_t size_bytes() const { return size_; }
  bool is_block_device() const { return is_block_device_; }
  int descriptor() const { return file_.descriptor(); }
  const std::string& path() const { return path_; }

  // Throw error, naming the device and the place. Buffers are page aligned.
  void read(std::uint64_t offset, std::byte* to, std::size_t bytes) const;
  void write(std::uint64_t offset, const std::byte* from, std::size_t bytes) const;
  void sync() const;

 private:
  std::string path_;
  pdata::file_handle file_;
  bool is_block_device_ = false;
  std::uint64_t size_ = 0;
};

}  // namespace thin_tools
