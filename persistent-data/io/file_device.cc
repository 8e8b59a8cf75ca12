#include "persistent-data/io/file_device.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "persistent-data/base/error.h"

namespace pdata {

namespace {

constexpr const char* busy_advice =
    "; is its pool active?  Deactivate it, or read through a metadata snapshot (-m)";

int open_flags(access mode, bool block_device) {
  int flags = mode == access::write_exclusive ? O_RDWR : O_RDONLY;
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

}  // namespace

file_device::file_device(std::string path, access mode) : path_(std::move(path)) {
  is_block_device_ = S_ISBLK(stat_target(path_, mode).st_mode);
  // A file may stand in the page cache already; what is read of a device is read once.
  auto opened = is_block_device_ ? file_handle::open_direct(path_, open_flags(mode, true))
                                 : file_handle::open(path_, open_flags(mode, false));
  if (!opened.ok())
    throw error("Couldn't open '" + path_ + "': " + errno_text(opened.errno_value()) +
                (opened.errno_value() == EBUSY ? busy_advice : ""));
  file_ = std::move(*opened);
  const auto size = file_.size();
  if (!size.ok()) throw_errno("Couldn't get the size of", path_, size.errno_value());
  size_bytes_ = *size;
}

bool file_device::covers(metadata_block first, std::size_t bytes) const {
  return first <= nr_blocks() && bytes / block_size <= nr_blocks() - first;
}

status file_device::read(metadata_block first, std::span<std::byte> to) {
  return covers(first, to.size()) ? file_.read(first * block_size, to) : status(EIO);
}

status file_device::write(metadata_block first, std::span<const std::byte> from) {
  return covers(first, from.size()) ? file_.write(first * block_size, from) : status(EIO);
}

void read_through_cache(block_device& device) {
  const auto* file = dynamic_cast<file_device*>(&device);
  if (file == nullptr) return;
  const auto flags = ::fcntl(file->descriptor(), F_GETFL);
  if (flags >= 0) static_cast<void>(::fcntl(file->descriptor(), F_SETFL, flags & ~O_DIRECT));
}

}  // namespace pdata
