#include "thin-tools/transfer/transfer_target.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "persistent-data/base/all_zero.h"
#include "persistent-data/base/error.h"
#include "persistent-data/format/block.h"

namespace thin_tools {

namespace {

using pdata::error;

// Memory for a piece, as direct I/O wants it.
class piece_memory {
 public:
  piece_memory()
      : memory_(std::make_unique<pdata::block_buffer[]>(piece_bytes / pdata::block_size)) {}
  std::span<std::byte> first(std::size_t bytes) const {
    return {reinterpret_cast<std::byte*>(memory_.get()), bytes};
  }

 private:
  std::unique_ptr<pdata::block_buffer[]> memory_;  // zeroed
};

}  // namespace

transfer_target::transfer_target(const pass& admitted, opening how) : admitted_(admitted) {
  const int flags = how == opening::new_file ? O_CREAT | O_EXCL : 0;
  auto opened = admitted.open(pass::claim::exclusive, flags);
  if (!opened.ok())
    throw error(fmt::format(
        "Couldn't {} target '{}': {}{}", how == opening::new_file ? "make" : "open", path(),
        pdata::errno_text(opened.errno_value()),
        opened.errno_value() == EBUSY    ? "; it is mounted, or something else uses it"
        : opened.errno_value() == EEXIST ? "; an interrupted run may have left it: remove it"
                                         : ""));
  file_ = std::move(*opened);
  ::posix_fadvise(file_.descriptor(), 0, 0, POSIX_FADV_SEQUENTIAL);
  struct stat info {};
  if (::fstat(file_.descriptor(), &info) != 0)
    pdata::throw_errno("Couldn't look at", path(), errno);
  is_block_device_ = S_ISBLK(info.st_mode);
  if (!is_block_device_ && !S_ISREG(info.st_mode))
    throw error("Not a block device or regular file '" + path() + "'.");
  if (::flock(file_.descriptor(), LOCK_EX | LOCK_NB) != 0)
    throw error(fmt::format("target '{}' is in use by another transfer", path()));
}

std::uint64_t transfer_target::size_bytes() const {
  const auto size = file_.size();
  if (!size.ok()) pdata::throw_errno("Couldn't get the size of", path(), size.errno_value());
  return *size;
}

void transfer_target::set_size(std::uint64_t bytes) {
  if (is_block_device_) {
    if (size_bytes() < bytes)
      throw error(
          fmt::format("target '{}' has {} bytes, the volume {}", path(), size_bytes(), bytes));
    return;
  }
  if (::ftruncate(file_.descriptor(), static_cast<off_t>(bytes)) != 0)
    pdata::throw_errno("Couldn't set the size of", path(), errno);
}

void transfer_target::write(std::uint64_t offset, std::span<const std::byte> from) {
  if (const auto outcome = file_.write(offset, from); !outcome.ok())
    throw error(fmt::format("Couldn't write {} bytes of '{}' at byte {}: {}", from.size(), path(),
                            offset, pdata::errno_text(outcome.errno_value())));
  writeback_.wrote(file_, offset, from.size());
}

void transfer_target::read(std::uint64_t offset, std::span<std::byte> to) const {
  if (const auto outcome = file_.read(offset, to); !outcome.ok())
    throw error(fmt::format("Couldn't read {} bytes of '{}' at byte {}: {}", to.size(), path(),
                            offset, pdata::errno_text(outcome.errno_value())));
}

void transfer_target::write_zeroes(std::uint64_t offset, std::uint64_t length) {
  static const piece_memory zeroes;
  for (std::uint64_t done = 0; done < length;) {
    const auto bytes =
        static_cast<std::size_t>(std::min<std::uint64_t>(piece_bytes, length - done));
    write(offset + done, zeroes.first(bytes));
    done += bytes;
  }
}

void transfer_target::clear(std::uint64_t offset, std::uint64_t length) {
  if (!is_block_device_) {
    if (::fallocate(file_.descriptor(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                    static_cast<off_t>(offset), static_cast<off_t>(length)) == 0)
      return;
    return write_zeroes(offset, length);
  }
  // Whether it is zero then is for the device to say, and looked at.
  std::array<std::uint64_t, 2> range{offset, length};
  static_cast<void>(::ioctl(file_.descriptor(), BLKDISCARD, range.data()));
  expect_zeroes(offset, length);
}

void transfer_target::expect_zeroes(std::uint64_t offset, std::uint64_t length) {
  const piece_memory memory;
  const auto end = offset + length;
  for (auto at = next_data(offset, end); at < end; at = next_data(at, end)) {
    const auto part = memory.first(static_cast<std::size_t>(
        std::min<std::uint64_t>(piece_bytes - at % piece_bytes, end - at)));
    read(at, part);
    if (!pdata::all_zero(part)) write_zeroes(at, part.size());
    at += part.size();
  }
}

void transfer_target::sync() const {
  if (const auto outcome = file_.sync(); !outcome.ok())
    pdata::throw_errno("Couldn't sync", path(), outcome.errno_value());
}

std::uint64_t transfer_target::next_data(std::uint64_t offset, std::uint64_t end) const {
  if (is_block_device_ || offset >= end) return std::min(offset, end);
  const auto found = ::lseek(file_.descriptor(), static_cast<off_t>(offset), SEEK_DATA);
  if (found < 0) return errno == ENXIO ? end : offset;
  // Whole pages, as direct I/O and digests want them.
  const auto page = static_cast<std::uint64_t>(found) / pdata::block_size * pdata::block_size;
  return std::min(std::max(offset, page), end);
}

void transfer_target::drop_cached() const {
  ::posix_fadvise(file_.descriptor(), 0, 0, POSIX_FADV_DONTNEED);
}

}  // namespace thin_tools
