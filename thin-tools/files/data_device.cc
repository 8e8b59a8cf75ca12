#include "thin-tools/files/data_device.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"
#include "persistent-data/format/block.h"

namespace thin_tools {

using pdata::error;

namespace {

constexpr std::uint64_t bounce_blocks_max = 256;

}  // namespace

data_device::data_device(const pass& admitted, pass::claim claim, caching how)
    : admitted_(admitted) {
  struct stat info {};
  if (::stat(path().c_str(), &info) != 0)
    pdata::throw_errno("Couldn't find " + admitted_.role(), path(), errno);
  is_block_device_ = S_ISBLK(info.st_mode);
  if (!is_block_device_ && !S_ISREG(info.st_mode))
    throw error("Not a block device or regular file '" + path() + "'.");
  const bool past_the_cache = how == caching::direct && is_block_device_;
  auto opened = admitted_.open(claim, past_the_cache ? O_DIRECT : 0);
  if (opened.errno_value() == EINVAL) opened = admitted_.open(claim);
  if (!opened.ok())
    throw error(fmt::format(
        "Couldn't open {} '{}': {}{}", admitted_.role(), path(),
        pdata::errno_text(opened.errno_value()),
        opened.errno_value() == EBUSY ? "; it is mounted, or something else uses it" : ""));
  file_ = std::move(*opened);
  is_direct_ = (::fcntl(file_.descriptor(), F_GETFL) & O_DIRECT) != 0;
  const auto size = file_.size();
  if (!size.ok()) pdata::throw_errno("Couldn't get the size of", path(), size.errno_value());
  size_ = *size;
}

void data_device::read(std::uint64_t offset, std::byte* to, std::size_t bytes) const {
  if (const auto outcome = file_.read(offset, {to, bytes}); !outcome.ok())
    throw error(fmt::format("Couldn't read {} bytes of '{}' at byte {}: {}", bytes, path(), offset,
                            pdata::errno_text(outcome.errno_value())));
}

void data_device::write(std::uint64_t offset, const std::byte* from, std::size_t bytes) const {
  if (const auto outcome = file_.write(offset, {from, bytes}); !outcome.ok())
    throw error(fmt::format("Couldn't write {} bytes of '{}' at byte {}: {}", bytes, path(), offset,
                            pdata::errno_text(outcome.errno_value())));
}

void data_device::read_bytes(std::uint64_t offset, std::span<std::byte> to) const {
  if (!is_direct_) return read(offset, to.data(), to.size());
  // Direct I/O wants places, lengths and memory of whole sectors, which have at most 4096 bytes.
  const auto begin = offset / pdata::block_size * pdata::block_size;
  const auto end = offset + to.size();
  const std::size_t nr_blocks = pdata::to_size(
      std::min<std::uint64_t>(pdata::div_up(end - begin, pdata::block_size), bounce_blocks_max));
  const auto bounce = std::make_unique_for_overwrite<pdata::block_buffer[]>(nr_blocks);
  auto* const memory = reinterpret_cast<std::byte*>(bounce.get());
  for (auto at = begin; at < end; at += nr_blocks * pdata::block_size) {
    const auto wanted_to = std::min(end, at + nr_blocks * pdata::block_size);
    const auto piece =
        std::min(pdata::div_up(wanted_to - at, pdata::block_size) * pdata::block_size,
                 size_ - std::min(size_, at));
    read(at, memory, pdata::to_size(std::max(piece, wanted_to - at)));
    const auto from = std::max(at, offset);
    std::memcpy(to.data() + (from - offset), memory + (from - at),
                pdata::to_size(wanted_to - from));
  }
}

void data_device::sync() const {
  if (const auto outcome = file_.sync(); !outcome.ok())
    pdata::throw_errno("Couldn't sync", path(), outcome.errno_value());
}

void expect_mapped_blocks(const data_device& data, const pool_extent& pool) {
  const auto wanted = pdata::checked_mul(pool.blocks_used, pool.block_bytes);
  if (wanted && *wanted <= data.size_bytes()) return;
  throw error(
      fmt::format("data device '{}' has {} bytes and ends before data block {}, which is mapped "
                  "(blocks of {} bytes): it is not this pool's, or was cut",
                  data.path(), data.size_bytes(), pool.blocks_used - 1, pool.block_bytes));
}

std::string size_remark(const data_device& data, const pool_extent& pool) {
  const auto blocks = data.size_bytes() / pool.block_bytes;
  if (blocks == pool.nr_blocks) return "";
  return fmt::format(
      "data device '{}' is {} than the pool: it has room for {} data blocks, the "
      "pool has {}",
      data.path(), blocks > pool.nr_blocks ? "larger" : "smaller", blocks, pool.nr_blocks);
}

}  // namespace thin_tools
