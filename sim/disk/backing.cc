#include "sim/disk/backing.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/falloc.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"

namespace sim {

using pdata::status;
using pdata::success;

namespace {

constexpr sector chunk_sectors = 2048;
constexpr std::uint64_t piece_sectors = 8;  // of a stored block

}  // namespace

status memory_backing::read(sector first, sector count, sector offset, const content_sink& to) {
  const sector end = first + count;
  const auto end_block = blocks_.empty() ? 0 : pdata::div_up(end, piece_sectors);
  while (first < end) {
    const auto block = blocks_.next(first / piece_sectors, end_block);
    const sector extents_end =
        block >= end_block ? end : std::clamp<sector>(block * piece_sectors, first, end);
    extents_.visit(
        first, extents_end - first,
        [&](sector at, sector n, const content& what) { to(offset + at - first, n, what); },
        [&](sector at, sector n) { to(offset + at - first, n, content()); });
    offset += extents_end - first;
    first = extents_end;
    if (first == end) break;
    const sector block_end = std::min<sector>(end, (block + 1) * piece_sectors);
    read_block(block, first, block_end, offset, to);
    offset += block_end - first;
    first = block_end;
  }
  return success;
}

void memory_backing::read_block(block_store::block_number block, sector first, sector end,
                                sector offset, const content_sink& to) const {
  std::array<std::byte, block_store::block_bytes> bytes;
  const sector used = block * piece_sectors + blocks_.read(block, bytes) / sector_bytes;
  const sector used_end = std::clamp(used, first, end);
  const auto skipped = pdata::to_size((first - block * piece_sectors) * sector_bytes);
  if (used_end != first)
    to(offset, used_end - first,
       content::copy_of(
           std::span(bytes).subspan(skipped, pdata::to_size((used_end - first) * sector_bytes))));
  if (used_end != end) to(offset + used_end - first, end - used_end, content());
}

status memory_backing::write(sector first, sector count, const content& what) {
  if (what.what() == content::kind::bytes)
    write_bytes(first, count, what);
  else
    write_run(first, count, what);
  return success;
}

void memory_backing::write_unsealed(const pdata::unsealed_block& block) {
  if (!extents_.empty()) extents_.erase(block.location * piece_sectors, piece_sectors);
  blocks_.put_unsealed(block);
}

void memory_backing::write_bytes(sector first, sector count, const content& what) {
  const auto all = what.bytes(count);
  for (sector done = 0; done < count;) {
    const sector at = first + done;
    const sector n = std::min<sector>(count - done, piece_sectors - at % piece_sectors);
    const auto bytes =
        all.subspan(pdata::to_size(done * sector_bytes), pdata::to_size(n * sector_bytes));
    if (n == piece_sectors) {
      if (!extents_.empty()) extents_.erase(at, n);
      blocks_.put(at / piece_sectors, bytes.first<block_store::block_bytes>());
    } else {
      write_run(at, n, content::copy_of(bytes));
    }
    done += n;
  }
}

// What is left of blocks that are written to in part becomes a run.
void memory_backing::write_run(sector first, sector count, const content& what) {
  const sector end = first + count;
  const auto end_block = blocks_.empty() ? 0 : pdata::div_up(end, piece_sectors);
  for (auto block = blocks_.next(first / piece_sectors, end_block); block < end_block;
       block = blocks_.next(block + 1, end_block)) {
    std::array<std::byte, block_store::block_bytes> bytes;
    const auto used = blocks_.read(block, bytes);
    blocks_.erase(block);
    const sector begin = block * piece_sectors;
    if (begin < first || begin + piece_sectors > end)
      extents_.put(begin, used / sector_bytes, content::copy_of(std::span(bytes).first(used)));
  }
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
    byte_buffer bytes(pdata::to_size(n * sector_bytes));
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
    const sector n = std::min<sector>(count - done, chunk_sectors);
    bytes.resize(pdata::to_size(n * sector_bytes));
    what.at(done).copy_to(bytes);
    if (const auto r = file_.write((first + done) * sector_bytes, bytes); !r.ok()) return r;
    done += n;
  }
  return success;
}

}  // namespace sim
