// How a mapped device cuts requests and sends the pieces to its targets.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "persistent-data/base/error.h"
#include "persistent-data/base/require.h"
#include "sim/dm/device_mapper.h"
#include "sim/dm/mapped_device.h"

namespace sim {

dm_io& mapped_device::new_io(bio& request) {
  if (free_ios_.empty()) free_ios_.push_back(&all_ios_.emplace_back());
  dm_io& io = *free_ios_.back();
  free_ios_.pop_back();
  io = dm_io{.owner = this, .request = &request, .pieces = 1};
  ++in_flight_;
  return io;
}

mapped_bio& mapped_device::new_piece() {
  if (free_pieces_.empty()) free_pieces_.push_back(&all_pieces_.emplace_back());
  mapped_bio& piece = *free_pieces_.back();
  free_pieces_.pop_back();
  return piece;
}

namespace {

// The part of a discard that the block layer cuts off before the device sees it.
struct cut_off : bio {
  bio* rest = nullptr;
};

cut_off& cut(bio& request, sector count) {
  auto* part = new cut_off;
  part->op = request.op;
  part->first = request.first;
  part->count = count;
  part->rest = &request;
  part->end_io = [](bio& ended) {
    const std::unique_ptr<cut_off> mine(static_cast<cut_off*>(&ended));
    if (mine->status != 0 && mine->rest->status == 0) mine->rest->status = mine->status;
    end_bio(*mine->rest);
  };
  chain(request);
  request.first += count;
  request.count -= count;
  return *part;
}

}  // namespace

void mapped_device::process(bio& request) {
  if (request.op == io_op::discard && !blocked_ && active_) {
    for (;;) {
      const sector part = limits_.first_part_of_discard(request.first, request.count);
      if (part == request.count) break;
      process_part(cut(request, part));
    }
  }
  process_part(request);
}

void mapped_device::process_part(bio& request) {
  if (blocked_) {
    deferred_.push(request);
    return;
  }
  if (!active_) return end_bio(request, EIO);
  if (leads_back_)
    throw pdata::error(
        fmt::format("a request to '{}' would never end: its table leads back to it", path()));
  dm_io& io = new_io(request);
  io.flush_along = request.preflush && request.count != 0 &&
                   mapper_.rules().has(kernel_rule::flush_with_data_whole) &&
                   active_->flushed_directly().size() == 1;
  if (request.preflush && !io.flush_along) {
    io.flush_first = request.count != 0;
    send_flush(request, io);
  } else {
    split(request, io);
  }
  piece_done(io);
}

// An empty flush goes to every target that takes one.
void mapped_device::send_flush(bio& request, dm_io& io) {
  bio flush;
  flush.op = io_op::write;
  flush.preflush = true;
  flush.sink = request.sink;
  if (mapper_.rules().has(kernel_rule::flush_once_per_device)) {
    const auto below = active_->flushed_directly();
    for (device* d : below) submit(*d, new_piece_of(flush, 0, 0, io));
    if (!below.empty()) return;
  }
  for (const auto& t : active_->targets())
    if (t->takes_flushes_) send(*t, flush, 0, 0, io);
}

// Requests are cut where targets end; reads and writes also at the multiples of
// the target's longest request, and at the queue's longest one.
// Newer kernels cut discards at multiples of the longest one, though targets may want other cuts.
sector mapped_device::longest_piece(const target& t, sector at, sector count, io_op op) const {
  const bool discard = op == io_op::discard;
  const sector offset = at - t.begin();
  sector longest = std::min<sector>(count, t.length() - offset);
  if (!discard && t.max_io_length_ != 0)
    longest = std::min<sector>(
        {longest, t.max_io_length_ - offset % t.max_io_length_, limits_.max_sectors});
  const sector limit = limits_.max_discard_sectors;
  if (discard && limit != 0 && t.discard_cut_at_limit_ &&
      mapper_.rules().has(kernel_rule::discard_cut_at_its_limit))
    longest = std::min<sector>({longest, limit, limit - offset % limit});
  return longest;
}

void mapped_device::split(bio& request, dm_io& io) {
  for (sector at = request.first; at < request.end();) {
    target* t = active_->find(at);
    const bool discard = request.op == io_op::discard;
    if (t == nullptr || (discard && !t->takes_discards_)) {
      if (io.status == 0) io.status = t == nullptr ? EIO : EOPNOTSUPP;
      return;
    }
    const sector count = longest_piece(*t, at, request.end() - at, request.op);
    const auto& rules = mapper_.rules();
    if (discard && rules.has(kernel_rule::pause_between_parts_of_discard) &&
        !rules.has(kernel_rule::parts_of_discard_together))
      give_way();
    send(*t, request, at, count, io);
    at += count;
  }
}

mapped_bio& mapped_device::new_piece_of(const bio& of, sector at, sector count, dm_io& io) {
  mapped_bio& piece = new_piece();
  piece.op = of.op;
  piece.preflush = of.preflush && (count == 0 || io.flush_along);
  piece.fua = of.fua;
  piece.first = at;
  piece.count = count;
  piece.payload = of.op == io_op::write && count != 0 ? of.payload.at(at - of.first) : content();
  piece.sink = of.sink;
  piece.sink_offset = of.sink_offset + (at - of.first);
  piece.status = 0;
  piece.remaining = 1;
  piece.end_io = end_piece;
  piece.context = nullptr;
  piece.owner = nullptr;
  piece.copy = 0;
  piece.whole = &io;
  ++io.pieces;
  return piece;
}

void mapped_device::send(target& t, const bio& of, sector at, sector count, dm_io& io) {
  const bool copied = count == 0 || of.op == io_op::discard;
  for (unsigned copy = 0; copy < (copied ? t.copies_ : 1); ++copy) {
    mapped_bio& piece = new_piece_of(of, at, count, io);
    piece.owner = &t;
    piece.copy = copy;
    map_piece(t, piece);
  }
}

void mapped_device::map_piece(target& t, mapped_bio& piece) {
  switch (t.map(piece)) {
    case map_result::submitted:
      break;
    case map_result::remapped:
      submit(*piece.to, piece);
      break;
    case map_result::killed:
      end_bio(piece, EIO);
      break;
  }
}

void mapped_device::end_piece(bio& ended) {
  auto& piece = as_mapped(ended);
  piece.whole->owner->piece_ended(piece);
}

void mapped_device::piece_ended(mapped_bio& piece) {
  if (piece.owner != nullptr) piece.owner->ended(piece);
  dm_io& io = *piece.whole;
  if (piece.status != 0 && io.status != status_requeue) io.status = piece.status;
  piece.payload = content();
  free_pieces_.push_back(&piece);
  piece_done(io);
}

void mapped_device::piece_done(dm_io& io) {
  if (--io.pieces != 0) return;
  bio& request = *io.request;
  const int status = io.status;
  const bool data_follow = io.flush_first && status == 0;
  free_ios_.push_back(&io);
  --in_flight_;
  if (status == status_requeue) {
    if (!noflush_suspending_) return end_bio(request, EIO);
    deferred_.push_front(request);
    return;
  }
  if (data_follow) {
    request.preflush = false;
    return process(request);
  }
  if (status != 0) request.status = status;
  end_bio(request);
}

}  // namespace sim
