// Bytes that are put aside and read again: in memory as long as they are few,
// then in a temporary file that has no name and goes away with the process. What is
// read of the file is compared with what was written to it, page by page, by
// checksums. Errors are spool_error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "persistent-data/base/error.h"
#include "persistent-data/io/file_handle.h"

namespace pdata {

// No fault of what is being put aside.
class spool_error : public error {
 public:
  using error::error;
};

class spool_file {
 public:
  static constexpr std::size_t page_bytes = std::size_t{1} << 16;

  // `memory_bytes`: the size of the write buffer; a spool of at most that size
  // needs no file.
  explicit spool_file(std::size_t memory_bytes = std::size_t{1} << 20);

  std::uint64_t size() const { return in_file_ + buffer_.size(); }
  void append(std::span<const std::byte> bytes);

  // Requires offset + to.size() <= size(). Of pages that are not read as a whole nothing is
  // compared.
  void read(std::uint64_t offset, std::span<std::byte> to) const;

 private:
  void write_out();
  void compare_pages(std::uint64_t offset, std::span<const std::byte> read) const;

  std::size_t memory_bytes_;
  std::vector<std::byte> buffer_;  // the end of the spool
  std::uint64_t in_file_ = 0;      // the bytes before it, whole pages
  std::vector<std::uint32_t> page_sums_;
  file_handle file_;
};

}  // namespace pdata
