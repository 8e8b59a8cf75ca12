#include "sim/disk/backing.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/falloc.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "persistent-data/base/error.h"

namespace sim {

using pdata::status;
using pdata::success;

namespace {

constexpr sector chunk_sectors = 2048;

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

file_backing::file_backing(thin_tools::pass admitted)
    : admitted_(std::move(admitted)), path_(admitted_.path()) {
  open(0);
}

file_backing::file_backing(thin_tools::pass admitted, sector create_with_size)
    : admitted_(std::move(admitted)), path_(admitted_.path()) {
  open(O_CREAT);
  if (is_regular_) {
    if (::ftruncate(file_.descriptor(), static_cast<off_t>(create_with_size * sector_bytes)) != 0)
      pdata::throw_errno("cannot resize", path_, errno);
    size_ = create_with_size;
  }
  if (size_ < create_with_size)
    throw pdata::error(fmt::format("'{}' is smaller than the size asked for", path_));
}

void file_backing::open(int flags) {
  auto opened = admitted_.open(thin_tools::pass::claim::shared, flags);
  if (!opened.ok()) pdata::throw_errno("cannot open", path_, opened.errno_value());
  file_ = std::move(*opened);
  struct stat target {};
  if (::fstat(file_.descriptor(), &target) != 0) pdata::throw_errno("cannot use", path_, errno);
  is_regular_ = S_ISREG(target.st_mode);
  if (!is_regular_ && !S_ISBLK(target.st_mode)) pdata::throw_errno("cannot use", path_, ENOTBLK);
  const auto bytes = file_.size();
  if (!bytes.ok()) pdata::throw_errno("cannot use", path_, bytes.errno_value());
  size_ = *bytes / sector_bytes;
}

status file_backing::read(sector first, sector count, sector offset, const content_sink& to) {
  while (count != 0) {
    const sector n = std::min(count, chunk_sectors);
    byte_buffer bytes(n * sector_bytes);
    if (const auto r = file_.read(first * sector_bytes, bytes); !r.ok()) return r;
    to(offset, n, content::copy_of(bytes));
    first += n;
    offset += n;
    count -= n;
  }
  return success;
}

// A hole reads as zeroes and takes no space.
bool file_backing::zero(sector first, sector count) {
  return ::fallocate(file_.descriptor(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
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
    if (const auto r = file_.write((first + done) * sector_bytes, bytes); !r.ok()) return r;
    done += n;
  }
  return success;
}

}  // namespace sim
