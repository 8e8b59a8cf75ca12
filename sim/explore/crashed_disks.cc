#include "sim/explore/crashed_disks.h"

#include <algorithm>
#include <cstring>

#include "persistent-data/base/checked_math.h"

namespace sim::explore {

using pdata::block_sectors;
using pdata::block_size;
using pdata::status;
using pdata::success;

status crashed_metadata::read(metadata_block first, std::span<std::byte> to) {
  const auto count = to.size() / block_size;
  if (first > nr_blocks_ || count > nr_blocks_ - first) return status(EIO);
  for (std::size_t i = 0; i < count; ++i)
    std::memcpy(to.data() + i * block_size, log_.read(first + i)->data.bytes.data(), block_size);
  return success;
}

// A block that was written whole is no longer the crash's.
status metadata_overlay::read(sector first, sector count, sector offset, const content_sink& to) {
  written_.visit(
      first, count,
      [&](sector at, sector n, const content& what) { to(offset + at - first, n, what); },
      [&](sector at, sector n) {
        const sector end = at + n;
        while (at < end) {
          const auto& block = log_.read(at / block_sectors);
          const sector within = at % block_sectors;
          const sector length = std::min<sector>(end - at, block_sectors - within);
          to(offset + at - first, length,
             content::copy_of(std::span(block->data.bytes)
                                  .subspan(pdata::to_size(within * sector_bytes),
                                           pdata::to_size(length * sector_bytes))));
          at += length;
        }
      });
  return success;
}

status metadata_overlay::write(sector first, sector count, const content& what) {
  written_.put(first, count, what.kept(count));
  return success;
}

status labelled_disk::read(sector first, sector count, sector offset, const content_sink& to) {
  written_.visit(
      first, count,
      [&](sector at, sector n, const content& what) { to(offset + at - first, n, what); },
      [&](sector at, sector n) { to(offset + at - first, n, content::stamped(place_seed, at)); });
  return success;
}

bool labelled_disk::is_untouched(sector first, sector count) const {
  bool untouched = true;
  written_.visit(
      first, count, [&](sector, sector, const content&) { untouched = false; },
      [](sector, sector) {});
  return untouched;
}

status labelled_disk::write(sector first, sector count, const content& what) {
  written_.put(first, count, what);
  return success;
}

}  // namespace sim::explore
