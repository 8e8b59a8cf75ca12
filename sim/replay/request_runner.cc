#include "sim/replay/request_runner.h"

#include <fmt/format.h>

#include <algorithm>

#include "persistent-data/base/checked_math.h"
#include "sim/thin/thin_target.h"

namespace sim::replay {

using pdata::status;

namespace {

constexpr sector longest_transfer = sector{1} << 17;  // 64 MiB
constexpr sector longest_discard = sector{1} << 31;   // 1 TiB

block_request request_of(const trace::io_request& from, std::uint64_t number) {
  block_request request;
  request.first = from.sector;
  request.count = from.nr_sectors;
  request.fua = from.fua;
  request.preflush = from.preflush;
  switch (from.op) {
    case trace::io_op::read:
      break;
    case trace::io_op::discard:
      request.op = io_op::discard;
      break;
    case trace::io_op::flush:
      return block_request::flush();
    case trace::io_op::write:
      request.payload = content::stamped(number, from.sector);
      [[fallthrough]];
    case trace::io_op::write_zeroes:
      request.op = io_op::write;
      break;
  }
  return request;
}

}  // namespace

request_runner::flight& request_runner::take() {
  if (free_.empty()) {
    flight& added = all_.emplace_back();
    added.sink = [&added](sector offset, sector count, const content& what) {
      added.pieces.push_back({offset, count, what});
    };
    added.only.context = &added;
    added.only.end_io = [](bio& ended) {
      auto& mine = *static_cast<flight*>(ended.context);
      mine.done = true;
      mine.result = status(ended.status);
      ended.payload = content();
    };
    free_.push_back(&added);
  }
  flight& taken = *free_.back();
  free_.pop_back();
  taken.done = false;
  taken.pieces.clear();
  return taken;
}

bool request_runner::submit(replayed_device& on, const block_request& request,
                            std::uint64_t number) {
  flight& mine = take();
  mine.on = &on;
  mine.op = request.op;
  mine.first = request.first;
  mine.count = request.count;
  mine.number =
      request.op == io_op::write && request.payload.is_zero() ? possible_contents::zeroes : number;
  if (log_ != nullptr) log_->request(on.place.name, request, number);
  auto sent = request;
  if (request.op == io_op::read && verifies_) sent.sink = &mine.sink;
  // Where nobody reads it again data is not kept.
  if (!verifies_) sent.payload = content();
  if (is_one_bio(sent)) {
    start_one(bed_.device_of(on.place), sent, mine.only);
  } else {
    start(bed_.device_of(on.place), sent, [&mine](status result) {
      mine.done = true;
      mine.result = result;
    });
  }
  bed_.on().loop().run();
  if (!mine.done) {
    remain_in_flight(mine);
    return false;
  }
  free_.push_back(&mine);
  return conclude(mine, request);
}

// What it writes is there already, comes later, or never.
void request_runner::remain_in_flight(flight& waiting) {
  waiting_.push_back(&waiting);
  if (!verifies_) return;
  auto& model = waiting.on->model;
  if (waiting.op == io_op::write) model.maybe_written(waiting.first, waiting.count, waiting.number);
  if (waiting.op == io_op::discard) model.maybe_discarded(waiting.first, waiting.count);
}

bool request_runner::conclude(flight& ended, const block_request& request) {
  auto& model = ended.on->model;
  const bool ok = ended.result.ok();
  if (!verifies_) return ok;
  switch (ended.op) {
    case io_op::read:
      if (ok) compare(ended);
      return ok;
    case io_op::write:
      if (ok && request.preflush) model.flushed();
      if (ok && ended.count != 0)
        model.written(ended.first, ended.count, ended.number,
                      request.fua ? write_kind::fua : write_kind::cached);
      else if (!ok)
        model.maybe_written(ended.first, ended.count, ended.number);
      break;
    case io_op::discard:
      // Without metadata that may change a discard ends well and does nothing.
      if (ok && bed_.pool_of().mode() <= pool_mode::out_of_data_space)
        model.discarded(ended.first, ended.count);
      else if (ended.result.errno_value() != EOPNOTSUPP)
        model.maybe_discarded(ended.first, ended.count);
      break;
  }
  if (!waiting_.empty()) doubt_older(ended);
  return ok;
}

// A request that still waits may yet overwrite what this one wrote.
void request_runner::doubt_older(const flight& ended) {
  for (const flight* older : waiting_) {
    if (older->on != ended.on || older->op == io_op::read) continue;
    const sector first = std::max(older->first, ended.first);
    const sector end = std::min(older->first + older->count, ended.first + ended.count);
    if (first >= end) continue;
    ended.on->model.maybe_written(
        first, end - first,
        older->op == io_op::discard ? possible_contents::zeroes : older->number);
  }
}

void request_runner::compare(flight& ended) {
  // The pool has given its last transaction up: nobody knows what is left.
  if (bed_.counters().metadata_failures != 0) return;
  sector covered = 0;
  for (const auto& p : ended.pieces) {
    covered += p.count;
    const auto wrong = ended.on->model.compare(ended.first + p.offset, p.count, p.what);
    if (!wrong) continue;
    throw disagreement{
        ended.number,
        fmt::format("{}: sectors {} to {} hold {}, not {}", ended.on->label, wrong->first,
                    wrong->first + wrong->count - 1, wrong->found, wrong->expected),
        ended.on->place.name, wrong->first, wrong->count};
  }
  if (covered != ended.count)
    throw disagreement{ended.number,
                       fmt::format("{}: a read of {} sectors from {} delivered {}", ended.on->label,
                                   ended.count, ended.first, covered),
                       ended.on->place.name, ended.first, ended.count};
  ++report_.verified.reads;
  report_.verified.sectors += ended.count;
}

// Stops at the first piece that fails or has to wait, as a writer does.
bool request_runner::write_in_pieces(replayed_device& on, const block_request& whole,
                                     std::uint64_t number) {
  auto part = whole;
  for (sector done = 0; done < whole.count; done += part.count) {
    part.first = whole.first + done;
    part.count = std::min<sector>(whole.count - done, longest_transfer);
    if (whole.op == io_op::write) part.payload = whole.payload.at(done);
    if (!submit(on, part, number)) return false;
    part.preflush = false;
  }
  return true;
}

// A range of many terabytes has little that is mapped; nothing happens between.
bool request_runner::discard(replayed_device& on, sector first, sector count,
                             std::uint64_t number) {
  const sector end = first + count;
  auto& pool = bed_.pool_of();
  bool ok = true;
  while (first < end) {
    const sector step = std::min<sector>(end - first, longest_discard);
    ok &= submit(on, block_request::discard(first, step), number);
    first += step;
    if (first >= end) break;
    const auto& thin =
        dynamic_cast<thin_target&>(*bed_.device_of(on.place).active()->targets().front());
    const auto next = pool.metadata().find_mapped_range(
        thin.metadata(), first / pool.block_sectors(), end / pool.block_sectors());
    if (!next.ok()) break;
    first = std::max<sector>(first, next->begin * pool.block_sectors());
  }
  return ok;
}

bool request_runner::run(replayed_device& on, const trace::io_request& request,
                         std::uint64_t number) {
  const auto asked = request_of(request, number);
  if (asked.op == io_op::discard) return discard(on, asked.first, asked.count, number);
  if (asked.count > longest_transfer) return write_in_pieces(on, asked, number);
  return submit(on, asked, number);
}

void request_runner::verify(replayed_device& on, sector first, sector count, std::uint64_t number) {
  if (bed_.counters().metadata_failures != 0) return;  // as in compare()
  for (sector done = 0; done < count;) {
    const sector n = std::min<sector>(count - done, longest_transfer);
    if (!submit(on, block_request::read(first + done, n), number))
      throw disagreement{number,
                         fmt::format("{}: sectors {} to {} cannot be read", on.label, first + done,
                                     first + done + n - 1),
                         on.place.name, first + done, n};
    done += n;
  }
}

void request_runner::count_verified(sector count) {
  report_.verified.reads += pdata::div_up(count, longest_transfer);
  report_.verified.sectors += count;
}

void request_runner::collect() {
  std::erase_if(waiting_, [&](flight* f) {
    if (!f->done) return false;
    if (!f->result.ok()) ++report_.requests.failed;
    free_.push_back(f);
    return true;
  });
}

void request_runner::forget() {
  report_.requests.failed += waiting_.size();
  for (flight* f : waiting_) free_.push_back(f);
  waiting_.clear();
}

}  // namespace sim::replay
