#include "sim/thin/metadata_view.h"

#include "persistent-data/base/checked_math.h"
#include "sim/dm/request.h"

namespace sim {

using pdata::metadata_block;
using pdata::status;
using pdata::success;

metadata_block metadata_view::nr_blocks() const { return below_.size() / pdata::block_sectors; }

status metadata_view::read(metadata_block first, std::span<std::byte> to) {
  const content_sink sink = [&](sector offset, sector count, const content& what) {
    what.copy_to(
        to.subspan(pdata::to_size(offset * sector_bytes), pdata::to_size(count * sector_bytes)));
  };
  bio request;
  request.op = io_op::read;
  request.first = first * pdata::block_sectors;
  request.count = to.size() / sector_bytes;
  request.sink = &sink;
  return submit_and_wait(machine_, below_, request);
}

status metadata_view::write(metadata_block first, std::span<const std::byte> from) {
  if (cut_off_) return success;
  bio request;
  request.op = io_op::write;
  request.first = first * pdata::block_sectors;
  request.count = from.size() / sector_bytes;
  request.payload = content::view_of(from);
  return submit_and_wait(machine_, below_, request);
}

status metadata_view::write_unsealed(const pdata::unsealed_block& block) {
  return cut_off_ ? success : disk_->write_unsealed(block);
}

status metadata_view::flush() {
  if (cut_off_) return success;
  bio request;
  request.op = io_op::write;
  request.preflush = true;
  return submit_and_wait(machine_, below_, request);
}

}  // namespace sim
