// The data device of a pool, or what stands in for a part of it: a file or a block device,
// read and written by byte offset in large pieces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "persistent-data/io/file_handle.h"
#include "thin-tools/gate/gate.h"

namespace thin_tools {

inline request data_request(std::string path, use how) {
  return {"data device", std::move(path), how};
}

// Pieces are a multiple of 512 bytes, at most as long as this.
inline constexpr std::size_t data_piece_bytes_max = std::size_t{8} << 20;

class data_device {
 public:
  // Whether a block device is read past the page cache, wherever that is possible: what is
  // active may write to what stands below it. A file is read through it.
  enum class caching : std::uint8_t { direct, cached };

  // Opens an existing file or block device as the pass says; block devices that are
  // changed, or claimed so, exclusively. Throws error.
  explicit data_device(const pass& admitted, pass::claim claim = pass::claim::shared,
                       caching how = caching::direct);

  std::uint64_t size_bytes() const { return size_; }
  bool is_block_device() const { return is_block_device_; }
  int descriptor() const { return file_.descriptor(); }
  const std::string& path() const { return admitted_.path(); }

  // Throw error, naming the device and the place. Buffers are page aligned.
  void read(std::uint64_t offset, std::byte* to, std::size_t bytes) const;
  void write(std::uint64_t offset, const std::byte* from, std::size_t bytes) const;
  void sync() const;
  // Any bytes of the device to anywhere; from several threads at once. Throws likewise.
  void read_bytes(std::uint64_t offset, std::span<std::byte> to) const;

 private:
  pass admitted_;
  pdata::file_handle file_;
  bool is_direct_ = false;
  bool is_block_device_ = false;
  std::uint64_t size_ = 0;
};

// What a pool says of its data device.
struct pool_extent {
  std::uint64_t nr_blocks = 0;    // of the pool
  std::uint64_t blocks_used = 0;  // one past the highest data block that is mapped
  std::uint64_t block_bytes = 0;
};

// Throws error if the device ends before a block that is mapped: it is not this pool's.
void expect_mapped_blocks(const data_device& data, const pool_extent& pool);
// A sentence for who should know that the device is larger than the pool by at least a
// block, or shorter; empty if it is as large.
std::string size_remark(const data_device& data, const pool_extent& pool);

}  // namespace thin_tools
