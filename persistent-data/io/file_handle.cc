#include "persistent-data/io/file_handle.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace pdata {

namespace {

// Where memory has 32 bits, this is to be asked for: -D_FILE_OFFSET_BITS=64.
static_assert(sizeof(off_t) == sizeof(std::uint64_t));

// Calls transfer(done) until all bytes are done: pread or pwrite of the rest.
template <class Transfer>
status transfer_all(std::size_t bytes, Transfer transfer) {
  std::size_t done = 0;
  while (done < bytes) {
    const ssize_t n = transfer(done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return status(errno);
    if (n == 0) return status(EIO);
    done += static_cast<std::size_t>(n);
  }
  return success;
}

}  // namespace

file_handle::~file_handle() {
  if (is_open()) ::close(descriptor_);
}

result<file_handle> file_handle::open(const std::string& path, int flags, unsigned mode) {
  file_handle opened(::open(path.c_str(), flags | O_CLOEXEC, mode));
  if (!opened.is_open()) return status(errno);
  return opened;
}

result<file_handle> file_handle::open_direct(const std::string& path, int flags) {
  auto direct = open(path, flags | O_DIRECT);
  return direct.errno_value() == EINVAL ? open(path, flags) : std::move(direct);
}

status file_handle::read(std::uint64_t offset, std::span<std::byte> to) const {
  return transfer_all(to.size(), [&](std::size_t done) {
    return ::pread(descriptor_, to.data() + done, to.size() - done,
                   static_cast<off_t>(offset + done));
  });
}

status file_handle::write(std::uint64_t offset, std::span<const std::byte> from) const {
  return transfer_all(from.size(), [&](std::size_t done) {
    return ::pwrite(descriptor_, from.data() + done, from.size() - done,
                    static_cast<off_t>(offset + done));
  });
}

status file_handle::sync() const { return ::fsync(descriptor_) == 0 ? success : status(errno); }

void file_handle::begin_writeback(std::uint64_t offset, std::uint64_t bytes) const {
  static_cast<void>(::sync_file_range(descriptor_, static_cast<off_t>(offset),
                                      static_cast<off_t>(bytes), SYNC_FILE_RANGE_WRITE));
}

result<std::uint64_t> file_handle::size() const {
  struct stat info {};
  if (::fstat(descriptor_, &info) != 0) return status(errno);
  if (!S_ISBLK(info.st_mode)) return static_cast<std::uint64_t>(info.st_size);
  std::uint64_t bytes = 0;
  if (::ioctl(descriptor_, BLKGETSIZE64, &bytes) != 0) return status(errno);
  return bytes;
}

}  // namespace pdata
