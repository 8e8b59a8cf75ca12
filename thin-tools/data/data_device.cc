#include "thin-tools/data/data_device.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

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
  const int flags = O_CLOEXEC | (mode == data_access::read ? O_RDONLY : O_RDWR) |
                    (is_block_device_ && mode == data_access::write ? O_EXCL : 0);
  fd_ = ::open(path.c_str(), flags | O_DIRECT);
  if (fd_ < 0 && errno == EINVAL) fd_ = ::open(path.c_str(), flags);
  if (fd_ < 0) pdata::throw_errno("Couldn't open data device", path, errno);
  size_ = static_cast<std::uint64_t>(info.st_size);
  if (is_block_device_ && ::ioctl(fd_, BLKGETSIZE64, &size_) != 0) {
    const int why = errno;
    ::close(fd_);
    pdata::throw_errno("Couldn't get the size of", path, why);
  }
}

data_device::~data_device() { ::close(fd_); }

void data_device::read(std::uint64_t offset, std::byte* to, std::size_t bytes) const {
  for (std::size_t done = 0; done < bytes;) {
    const ssize_t n = ::pread(fd_, to + done, bytes - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0)
      throw error(fmt::format("Couldn't read '{}' at byte {}: {}", path_, offset + done,
                              n < 0 ? pdata::errno_text(errno) : "it ends there"));
    done += static_cast<std::size_t>(n);
  }
}

void data_device::write(std::uint64_t offset, const std::byte* from, std::size_t bytes) const {
  for (std::size_t done = 0; done < bytes;) {
    const ssize_t n = ::pwrite(fd_, from + done, bytes - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0)
      throw error(fmt::format("Couldn't write '{}' at byte {}: {}", path_, offset + done,
                              pdata::errno_text(n < 0 ? errno : EIO)));
    done += static_cast<std::size_t>(n);
  }
}

void data_device::sync() const {
  if (::fsync(fd_) != 0) pdata::throw_errno("Couldn't sync", path_, errno);
}

}  // namespace thin_tools
