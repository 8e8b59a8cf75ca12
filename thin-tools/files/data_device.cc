#include "thin-tools/files/data_device.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"

namespace thin_tools {

using pdata::error;

data_device::data_device(const pass& admitted) : admitted_(admitted) {
  struct stat info {};
  if (::stat(path().c_str(), &info) != 0)
    pdata::throw_errno("Couldn't find data device", path(), errno);
  is_block_device_ = S_ISBLK(info.st_mode);
  if (!is_block_device_ && !S_ISREG(info.st_mode))
    throw error("Not a block device or regular file '" + path() + "'.");
  auto opened = admitted_.open(pass::claim::shared, O_DIRECT);
  if (opened.errno_value() == EINVAL) opened = admitted_.open(pass::claim::shared);
  if (!opened.ok()) pdata::throw_errno("Couldn't open data device", path(), opened.errno_value());
  file_ = std::move(*opened);
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
