#include "thin-tools/files/data_device.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>

#include "persistent-data/base/error.h"

namespace thin_tools {

using pdata::error;

data_device::data_device(const std::string& path, data_access mode) : path_(path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0)
    pdata::throw_errno("Couldn't find data device", path, errno);
  is_block_device_ = S_ISBLK(info.st_mode);
  if (!is_block_device_ && !S_ISREG(info.st_mode))
    throw error("Not a block device or regular file '" + path + "'.");
  const int flags = (mode == data_access::read ? O_RDONLY : O_RDWR) |
                    (is_block_device_ && mode == data_access::write ? O_EXCL : 0);
  auto opened = pdata::file_handle::open_direct(path, flags);
  if (!opened.ok()) pdata::throw_errno("Couldn't open data device", path, opened.errno_value());
  file_ = std::move(*opened);
  const auto size = file_.size();
  if (!size.ok()) pdata::throw_errno("Couldn't get the size of", path, size.errno_value());
  size_ = *size;
}

void data_device::read(std::uint64_t offset, std::byte* to, std::size_t bytes) const {
  if (const auto outcome = file_.read(offset, {to, bytes}); !outcome.ok())
    throw error(fmt::format("Couldn't read {} bytes of '{}' at byte {}: {}", bytes, path_, offset,
                            pdata::errno_text(outcome.errno_value())));
}

void data_device::write(std::uint64_t offset, const std::byte* from, std::size_t bytes) const {
  if (const auto outcome = file_.write(offset, {from, bytes}); !outcome.ok())
    throw error(fmt::format("Couldn't write {} bytes of '{}' at byte {}: {}", bytes, path_, offset,
                            pdata::errno_text(outcome.errno_value())));
}

void data_device::sync() const {
  if (const auto outcome = file_.sync(); !outcome.ok())
    pdata::throw_errno("Couldn't sync", path_, outcome.errno_value());
}

}  // namespace thin_tools
