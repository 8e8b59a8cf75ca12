#include "persistent-data/io/steady_device.h"

#include <algorithm>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"
#include "persistent-data/base/memory_room.h"
#include "persistent-data/format/crc32c.h"

namespace pdata {

namespace {

// Marks that no contents have.
constexpr std::uint32_t never_read = 0;
constexpr std::uint32_t unreadable = 1;

std::uint32_t mark_of(std::span<const std::byte> block) { return std::max(crc32c(block), 2U); }

}  // namespace

steady_device::steady_device(block_device& device, std::string name)
    : device_(device),
      name_(std::move(name)),
      nr_blocks_(device.nr_blocks()),
      marks_(std::make_unique<mark[]>(to_room(nr_blocks_))) {}

// False: the block was unreadable, and is to stay so.
bool steady_device::agrees(metadata_block location, std::uint32_t now) {
  std::uint32_t before = never_read;
  if (marks_[to_size(location)].compare_exchange_strong(before, now) || before == now) return true;
  if (before == unreadable) return false;
  throw error("'" + name_ + "': block " + std::to_string(location) +
              (now == unreadable ? " could be read before, and cannot be read now"
                                 : " changed between two reads") +
              ": is the pool in use, or the disk failing?");
}

status steady_device::read(metadata_block first, std::span<std::byte> to) {
  const auto count = to.size() / block_size;
  if (first > nr_blocks_ || count > nr_blocks_ - first) return status(EIO);
  const status outcome = device_.read(first, to);
  if (!outcome.ok()) {
    // Of several blocks it is not known which one failed: they are read one by one then.
    if (count == 1) agrees(first, unreadable);
    return outcome;
  }
  bool all_agree = true;
  for (std::size_t i = 0; i < count; ++i)
    all_agree &= agrees(first + i, mark_of(to.subspan(i * block_size, block_size)));
  return all_agree ? success : status(EIO);
}

}  // namespace pdata
