// An open file that closes itself, and transfers that go on until all is done. What
// goes wrong is a status: only the caller knows what the file is for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "persistent-data/base/status.h"

namespace pdata {

class file_handle {
 public:
  file_handle() = default;  // none
  explicit file_handle(int descriptor) : descriptor_(descriptor) {}
  ~file_handle();
  file_handle(file_handle&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  file_handle& operator=(file_handle&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }

  // As open(2), close-on-exec; with direct I/O where the target allows it.
  static result<file_handle> open(const std::string& path, int flags, unsigned mode = 0666);
  static result<file_handle> open_direct(const std::string& path, int flags);

  bool is_open() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }

  // The whole span. EIO where the file ends before it.
  status read(std::uint64_t offset, std::span<std::byte> to) const;
  status write(std::uint64_t offset, std::span<const std::byte> from) const;
  // Returns when all that was written is durable.
  status sync() const;
  // Has the kernel begin to write a part to the device, so that a sync has less to wait for.
  // What goes wrong is for the sync to say.
  void begin_writeback(std::uint64_t offset, std::uint64_t bytes) const;

  // Of a block device or a regular file, in bytes.
  result<std::uint64_t> size() const;

 private:
  int descriptor_ = -1;
};

}  // namespace pdata
