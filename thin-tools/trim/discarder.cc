#include "thin-tools/trim/discarder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "persistent-data/base/error.h"
#include "thin-tools/gate/block_stack.h"

namespace thin_tools {

using pdata::error;

namespace {

// A request that takes long cannot be interrupted.
constexpr std::uint64_t request_bytes_max = std::uint64_t{1} << 30;

}  // namespace

discard_limits read_discard_limits(const data_device& device) {
  if (!device.is_block_device()) return {.granularity = 1, .bytes_max = request_bytes_max};
  struct stat info {};
  if (::fstat(device.descriptor(), &info) != 0)
    pdata::throw_errno("Couldn't stat", device.path(), errno);
  const auto bytes_max = queue_limit(info.st_rdev, "discard_max_bytes");
  if (bytes_max == 0) throw error("'" + device.path() + "' does not support discards");
  const auto granularity =
      std::max<std::uint64_t>(512, queue_limit(info.st_rdev, "discard_granularity"));
  // Whole grains only, or each request's tail would be ignored by the device.
  const auto limit = std::min(bytes_max, request_bytes_max) / granularity * granularity;
  return {.granularity = granularity, .bytes_max = std::max(limit, granularity)};
}

std::uint64_t discarder::discard(std::uint64_t begin, std::uint64_t end) const {
  const auto grain = limits_.granularity;
  begin = (begin + grain - 1) / grain * grain;
  end = end / grain * grain;
  if (begin >= end) return 0;
  for (auto at = begin; at < end;) {
    const auto bytes = std::min(limits_.bytes_max, end - at);
    discard_piece(at, bytes);
    at += bytes;
  }
  return end - begin;
}

void discarder::discard_piece(std::uint64_t offset, std::uint64_t bytes) const {
  std::uint64_t range[2] = {offset, bytes};
  const int outcome =
      device_.is_block_device()
          ? ::ioctl(device_.descriptor(), BLKDISCARD, range)
          : ::fallocate(device_.descriptor(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                        static_cast<off_t>(offset), static_cast<off_t>(bytes));
  if (outcome != 0)
    throw error(fmt::format("Couldn't discard {} bytes of '{}' at byte {}: {}", bytes,
                            device_.path(), offset, pdata::errno_text(errno)));
}

}  // namespace thin_tools
