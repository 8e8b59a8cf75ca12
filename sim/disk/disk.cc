#include "sim/disk/disk.h"

#include <algorithm>
#include <utility>

#include "persistent-data/base/checked_math.h"

namespace sim {

using pdata::status;
using pdata::success;

disk::disk(std::string path, device_number number, std::unique_ptr<backing> durable,
           const disk_options& options, const kernel_rules& rules)
    : device(std::move(path), number),
      durable_(std::move(durable)),
      contents_after_discard_(options.contents) {
  set_limits(limits_of(options, rules), rules);
}

disk::~disk() { flush().ignore(); }

void disk::disable_write_cache() {
  flush().ignore();
  limits_.write_cache = false;
}

status disk::flush() {
  auto r = success;
  unflushed_.visit_all([&](sector first, sector count, const content& what) {
    if (r.ok()) r = durable_->write(first, count, what);
  });
  if (r.ok()) unflushed_.clear();
  if (r.ok() && watch_ != nullptr) watch_->flushed();
  return r;
}

status disk::read(const bio& request) {
  if (request.sink == nullptr || !*request.sink) return success;
  auto r = success;
  unflushed_.visit(
      request.first, request.count,
      [&](sector at, sector n, const content& what) {
        (*request.sink)(request.sink_offset + at - request.first, n, what);
      },
      [&](sector at, sector n) {
        const auto piece =
            durable_->read(at, n, request.sink_offset + at - request.first, *request.sink);
        if (r.ok()) r = piece;
      });
  return r;
}

status disk::write(sector first, sector count, const content& what, write_kind end) {
  if (watch_ != nullptr) watch_->write_began(first, count, what);
  if (limits_.write_cache && end == write_kind::cached) {
    unflushed_.put(first, count, what.kept(count));
    return success;
  }
  if (!unflushed_.empty()) unflushed_.erase(first, count);
  const auto r = durable_->write(first, count, what);
  if (r.ok() && watch_ != nullptr) watch_->write_is_durable(first, count, what);
  return r;
}

status disk::write_unsealed(const pdata::unsealed_block& block) {
  if (block.location >= size() / pdata::block_sectors) return status(EIO);
  counters_.sectors_written += pdata::block_sectors;
  durable_->write_unsealed(block);
  return success;
}

void disk::complete_discards() {
  bio_list held;
  held.take(held_discards_);
  while (bio* request = held.pop()) {
    unflushed_.put(request->first, request->count, content());
    if (watch_ != nullptr) watch_->discard_ended(request->first, request->count);
    end_bio(*request, 0);
  }
}

// A part of a granule stays as it is.
status disk::wipe_whole_granules(sector first, sector end) {
  const sector granule = std::max<sector>(limits_.discard_granularity, 1);
  first = pdata::div_up(first, granule) * granule;
  end -= end % granule;
  return first < end ? write(first, end - first, content(), write_kind::cached) : success;
}

void disk::process(bio& request) {
  // A disk of larger blocks refuses what is not whole blocks.
  if (request.first % limits_.logical_block != 0 || request.count % limits_.logical_block != 0)
    return end_bio(request, EIO);
  auto r = success;
  if (request.preflush) {
    ++counters_.flushes;
    r = status(faults_.strike(io_kind::flush, 0, 0));
    if (r.ok()) r = flush();
  }
  if (r.ok() && request.count != 0) {
    switch (request.op) {
      case io_op::read:
        r = status(faults_.strike(io_kind::read, request.first, request.count));
        if (r.ok()) r = read(request);
        break;
      case io_op::write:
        counters_.sectors_written += request.count;
        r = status(faults_.strike(io_kind::write, request.first, request.count));
        if (r.ok())
          r = write(request.first, request.count, request.payload,
                    request.fua ? write_kind::fua : write_kind::cached);
        break;
      case io_op::discard:
        counters_.sectors_discarded += request.count;
        r = status(faults_.strike(io_kind::discard, request.first, request.count));
        if (r.ok() && holds_discards_) {
          if (watch_ != nullptr) watch_->discard_began(request.first, request.count);
          return held_discards_.push(request);
        }
        if (r.ok() && contents_after_discard_ == after_discard::zeroed)
          r = wipe_whole_granules(request.first, request.end());
        break;
    }
  }
  end_bio(request, r.errno_value());
}

}  // namespace sim
