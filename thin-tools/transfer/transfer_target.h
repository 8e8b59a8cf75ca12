// What a volume is copied to: a file or a block device, open exclusively.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "persistent-data/io/early_writeback.h"
#include "thin-tools/gate/gate.h"
#include "thin-tools/transfer/stream_format.h"

namespace thin_tools {

inline request target_request(std::string path) { return {"target", std::move(path), use::write}; }

// One thread writes; others may read what is written, and sync, at the same time.
class transfer_target {
 public:
  enum class opening : std::uint8_t { existing, new_file };

  // Throws error where it cannot be opened, is used by another process that transfers, is no file
  // or block device; a new file also where there is one.
  transfer_target(const pass& admitted, opening how);

  bool is_block_device() const { return is_block_device_; }
  std::uint64_t size_bytes() const;
  const std::string& path() const { return admitted_.path(); }

  // Makes a file as large; throws error where a block device is smaller.
  void set_size(std::uint64_t bytes);

  // Throw error, naming the target and the place. Buffers and places as direct I/O wants them:
  // whole sectors, memory of whole pages.
  void write(std::uint64_t offset, std::span<const std::byte> from);
  void read(std::uint64_t offset, std::span<std::byte> to) const;
  // Reads as zeroes afterwards: a hole in a file, discarded on a block device that gives zeroes
  // then, else zeroes are written.
  void clear(std::uint64_t offset, std::uint64_t length);
  // The same, where most of it is expected to be zero: it is read, and what is not is cleared.
  void expect_zeroes(std::uint64_t offset, std::uint64_t length);
  void sync() const;

  // What is cached and is on the device as well is read from there next time.
  void drop_cached() const;
  // The first byte from `offset` on that may be no zero; the end if there is none.
  std::uint64_t next_data(std::uint64_t offset, std::uint64_t end) const;

 private:
  void write_zeroes(std::uint64_t offset, std::uint64_t length);

  pass admitted_;
  pdata::file_handle file_;
  bool is_block_device_ = false;
  pdata::early_writeback writeback_;
};

}  // namespace thin_tools
