// Requests as a program makes them on an open block device: cut into bios of at
// most one megabyte, discards cut at the device's granularity, and done when
// the last bio is. The simplest way to drive devices without a scenario.
#pragma once

#include <functional>
#include <memory>

#include "sim/disk/write_kind.h"
#include "sim/dm/device_mapper.h"

namespace sim {

struct block_request {
  io_op op = io_op::read;
  sector first = 0;
  sector count = 0;
  content payload;                     // of a write: what its first sector and the next ones get
  const content_sink* sink = nullptr;  // of a read; must live until it is done
  bool fua = false;                    // a write that is durable when it is done
  bool preflush = false;               // earlier writes are durable before it; alone: a flush

  static block_request read(sector first, sector count, const content_sink* sink = nullptr) {
    return {.op = io_op::read, .first = first, .count = count, .payload = {}, .sink = sink};
  }
  static block_request write(sector first, sector count, content payload,
                             write_kind kind = write_kind::cached) {
    return {.op = io_op::write,
            .first = first,
            .count = count,
            .payload = std::move(payload),
            .fua = kind == write_kind::fua};
  }
  static block_request discard(sector first, sector count) {
    return {.op = io_op::discard, .first = first, .count = count, .payload = {}};
  }
  static block_request flush() { return {.op = io_op::write, .payload = {}, .preflush = true}; }
};

// Starts it. What is not whole logical blocks of the device fails with EINVAL, as unbuffered
// requests do. `done` is called once, perhaps before start returns; with work of the machine
// pending, only when its loop runs.
void start(device& on, const block_request& request, std::function<void(pdata::status)> done);

// Whether start() would make one bio of it, and the same with a bio that is the caller's: its
// end_io is called when the request is done.
bool is_one_bio(const block_request& request);
void start_one(device& on, const block_request& request, bio& with);

// The same and waits: runs the loop, and lets virtual time pass where the
// kernel would wait. Throws pdata::error if the request would wait forever.
pdata::status perform(device_mapper& machine, device& on, const block_request& request);

// A single bio, from inside the machine. Sets its end_io and context.
pdata::status submit_and_wait(device_mapper& machine, device& on, bio& request);

}  // namespace sim
