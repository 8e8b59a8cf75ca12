#include "persistent-data/io/file_device.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "persistent-data/base/error.h"

namespace pdata {

namespace {

constexpr const char* busy_advice =
    "; is its pool active?  Deactivate it, or read through a metadata snapshot (-m)";

int open_flags(access mode, bool block_device) {
  int flags = O_CLOEXEC | (mode == access::write_exclusive ? O_RDWR : O_RDONLY);
  // O_EXCL without O_CREAT has a meaning for block devices only.
  if (block_device && mode != access::read_shared) flags |= O_EXCL;
  return flags;
}

struct stat stat_target(const std::string& path, access mode) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    const bool output = mode == access::write_exclusive;
    if (errno == ENOENT)
      throw error((output ? "Couldn't find output file '" : "Couldn't find input file '") + path +
                  "': " + errno_text(ENOENT));
    throw_errno("Couldn't stat file", path, errno);
  }
  if (!S_ISREG(info.st_mode) && !S_ISBLK(info.st_mode))
    throw error("Not a block device or regular file '" + path + "'.");
  return info;
}

// pread and pwrite of everything asked for, or why not.
template <class Transfer>
status transfer_all(std::size_t bytes, Transfer transfer) {
  std::size_t done = 0;
  while (done < bytes) {
    const ssize_t n = transfer(done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return status(errno);
    if (n == 0) return status(EIO);  // the device ends here
    done += static_cast<std::size_t>(n);
  }
  return success;
}

}  // namespace

file_device::file_device(std::string path, access mode) : path_(std::move(path)) {
  const struct stat info = stat_target(path_, mode);
  is_block_device_ = S_ISBLK(info.st_mode);
  const int flags = open_flags(mode, is_block_device_);
  fd_ = ::open(path_.c_str(), flags | O_DIRECT);
  if (fd_ < 0 && errno == EINVAL) fd_ = ::open(path_.c_str(), flags);
  if (fd_ < 0) {
    const int why = errno;
    throw error("Couldn't open '" + path_ + "': " + errno_text(why) +
                (why == EBUSY ? busy_advice : ""));
  }
  if (is_block_device_) {
    if (::ioctl(fd_, BLKGETSIZE64, &size_bytes_) != 0) {
      const int why = errno;
      ::close(fd_);
      throw_errno("Couldn't get the size of", path_, why);
    }
  } else {
    size_bytes_ = static_cast<std::uint64_t>(info.st_size);
  }
}

file_device::~file_device() { ::close(fd_); }

bool file_device::covers(metadata_block first, std::size_t bytes) const {
  return first <= nr_blocks() && bytes / block_size <= nr_blocks() - first;
}

status file_device::read(metadata_block first, std::span<std::byte> to) {
  if (!covers(first, to.size())) return status(EIO);
  const auto at = static_cast<off_t>(first * block_size);
  return transfer_all(to.size(), [&](std::size_t done) {
    return ::pread(fd_, to.data() + done, to.size() - done, at + static_cast<off_t>(done));
  });
}

status file_device::write(metadata_block first, std::span<const std::byte> from) {
  if (!covers(first, from.size())) return status(EIO);
  const auto at = static_cast<off_t>(first * block_size);
  return transfer_all(from.size(), [&](std::size_t done) {
    return ::pwrite(fd_, from.data() + done, from.size() - done, at + static_cast<off_t>(done));
  });
}

status file_device::flush() { return ::fsync(fd_) == 0 ? success : status(errno); }

bool file_device::same_target(const file_device& other) const {
  struct stat mine {};
  struct stat theirs {};
  if (::fstat(fd_, &mine) != 0 || ::fstat(other.fd_, &theirs) != 0) return false;
  if (is_block_device_ && other.is_block_device_) return mine.st_rdev == theirs.st_rdev;
  return mine.st_dev == theirs.st_dev && mine.st_ino == theirs.st_ino;
}

}  // namespace pdata
