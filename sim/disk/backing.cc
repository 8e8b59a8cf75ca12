#include "sim/disk/backing.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "persistent-data/base/error.h"

namespace sim {

using pdata::status;
using pdata::success;

namespace {

constexpr sector chunk_sectors = 2048;

bool is_all_zero(std::span<const std::byte> bytes) {
  return std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0}; });
}

pdata::status write_fully(int fd, std::span<const std::byte> from, std::uint64_t offset) {
  while (!from.empty()) {
    const auto n = ::pwrite(fd, from.data(), from.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return status(n < 0 ? errno : EIO);
    from = from.subspan(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return success;
}

pdata::status read_fully(int fd, std::span<std::byte> to, std::uint64_t offset) {
  while (!to.empty()) {
    const auto n = ::pread(fd, to.data(), to.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return status(n < 0 ? errno : EIO);
    to = to.subspan(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return success;
}

}  // namespace

status memory_backing::read(sector first, sector count, sector offset, const content_sink& to) {
  extents_.visit(
      first, count,
      [&](sector at, sector n, const content& what) { to(offset + at - first, n, what); },
      [&](sector at, sector n) { to(offset + at - first, n, content()); });
  return success;
}

// Metadata is full of blocks with zeroes at their end, which need no memory.
status memory_backing::write(sector first, sector count, const content& what) {
  if (what.what() != content::kind::bytes) {
    write_run(first, count, what);
    return success;
  }
  sector head = count;
  while (head != 0 && is_all_zero(what.at(head - 1).first_sector())) --head;
  if (head == count) {
    write_run(first, count, what);
    return success;
  }
  byte_buffer bytes(head * sector_bytes);
  what.copy_to(bytes);
  if (head != 0)
    write_run(first, head, content::of_bytes(std::make_shared<byte_buffer>(std::move(bytes))));
  write_run(first + head, count - head, content());
  return success;
}

void memory_backing::write_run(sector first, sector count, const content& what) {
  if (what.is_zero())
    extents_.erase(first, count);
  else
    extents_.put(first, count, what);
}

file_backing::file_backing(std::string path) : path_(std::move(path)) { open(O_RDWR); }

file_backing::file_backing(std::string path, sector create_with_size) : path_(std::move(path)) {
  open(O_RDWR | O_CREAT);
  struct stat target {};
  if (::fstat(fd_, &target) == 0 && S_ISREG(target.st_mode)) {
    if (::ftruncate(fd_, static_cast<off_t>(create_with_size * sector_bytes)) != 0) {
      const int reason = errno;
      ::close(fd_);
      pdata::throw_errno("cannot resize", path_, reason);
    }
    size_ = create_with_size;
  }
  if (size_ < create_with_size) {
    ::close(fd_);
    throw pdata::error(fmt::format("'{}' is smaller than the size asked for", path_));
  }
}

void file_backing::open(int flags) {
  fd_ = ::open(path_.c_str(), flags | O_CLOEXEC, 0666);
  if (fd_ < 0) pdata::throw_errno("cannot open", path_, errno);
  struct stat target {};
  std::uint64_t bytes = 0;
  int reason = 0;
  if (::fstat(fd_, &target) != 0)
    reason = errno;
  else if (S_ISREG(target.st_mode))
    bytes = static_cast<std::uint64_t>(target.st_size);
  else if (!S_ISBLK(target.st_mode))
    reason = ENOTBLK;
  else if (::ioctl(fd_, BLKGETSIZE64, &bytes) != 0)
    reason = errno;
  if (reason != 0) {
    ::close(fd_);
    pdata::throw_errno("cannot use", path_, reason);
  }
  size_ = bytes / sector_bytes;
}

file_backing::~file_backing() { ::close(fd_); }

status file_backing::read(sector first, sector count, sector offset, const content_sink& to) {
  while (count != 0) {
    const sector n = std::min(count, chunk_sectors);
    byte_buffer bytes(n * sector_bytes);
    if (const auto r = read_fully(fd_, bytes, first * sector_bytes); !r.ok()) return r;
    to(offset, n, content::copy_of(bytes));
    first += n;
    offset += n;
    count -= n;
  }
  return success;
}

// A hole reads as zeroes and takes no space.
bool file_backing::zero(sector first, sector count) {
  return ::fallocate(fd_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                     static_cast<off_t>(first * sector_bytes),
                     static_cast<off_t>(count * sector_bytes)) == 0;
}

status file_backing::write(sector first, sector count, const content& what) {
  if (what.is_zero() && count >= chunk_sectors && zero(first, count)) return success;
  byte_buffer bytes;
  for (sector done = 0; done < count;) {
    const sector n = std::min(count - done, chunk_sectors);
    bytes.resize(n * sector_bytes);
    what.at(done).copy_to(bytes);
    if (const auto r = write_fully(fd_, bytes, (first + done) * sector_bytes); !r.ok()) return r;
    done += n;
  }
  return success;
}

}  // namespace sim
