#include "persistent-data/io/shifted_device.h"

#include <cstring>
#include <memory>

#include "persistent-data/base/require.h"

namespace pdata {

shifted_device::shifted_device(block_device& device, std::uint64_t offset)
    : device_(device), whole_blocks_(offset / block_size), rest_(offset % block_size) {
  const auto taken = whole_blocks_ + (rest_ != 0);
  REQUIRE(taken < device.nr_blocks());
  nr_blocks_ = device.nr_blocks() - taken;
}

status shifted_device::read(metadata_block first, std::span<std::byte> to) {
  const auto count = to.size() / block_size;
  if (first > nr_blocks_ || count > nr_blocks_ - first) return status(EIO);
  if (rest_ == 0) return device_.read(first + whole_blocks_, to);
  // A block of this device lies in two of the other one.
  const auto buffer = std::make_unique<block_buffer[]>(count + 1);
  auto* bytes = reinterpret_cast<std::byte*>(buffer.get());
  const status outcome = device_.read(first + whole_blocks_, {bytes, (count + 1) * block_size});
  if (outcome.ok()) std::memcpy(to.data(), bytes + rest_, to.size());
  return outcome;
}

}  // namespace pdata
