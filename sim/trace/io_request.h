// One request of a block trace, as the replay gets it: in units of sectors, on
// a virtual clock that starts with the trace.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "persistent-data/base/ids.h"

namespace sim::trace {

enum class io_op : std::uint8_t { read, write, discard, flush, write_zeroes };

std::string_view name_of(io_op op);

// What a request asks for beside its range. A write with both flags is what the
// block layer calls FWF: flush the cache, write, and reach stable storage.
struct operation {
  io_op op = io_op::read;
  bool preflush = false;
  bool fua = false;

  friend bool operator==(const operation&, const operation&) = default;
};

struct io_request {
  std::uint64_t time_ns = 0;  // since the first record of the trace
  pdata::sector sector = 0;
  std::uint64_t nr_sectors = 0;  // 0 only for a flush
  std::uint64_t record = 0;      // position in its file: line number, or record number from 1
  std::uint32_t file = 0;        // index of the file among the operands
  std::uint32_t device = 0;      // index into the device_table of the reader
  io_op op = io_op::read;
  bool preflush = false;
  bool fua = false;

  friend bool operator==(const io_request&, const io_request&) = default;
};

// A bio counts its bytes in 32 bits, so no transfer is longer than this. Only
// discards and zeroing may be, since a trace may hold what a tool asked for
// before the kernel split it.
inline constexpr std::uint64_t transfer_sectors_max = (std::uint64_t{1} << 32) / 512;

// No device is larger: file offsets are signed 64-bit byte counts, of which 8 EiB is none.
inline constexpr std::uint64_t device_sectors_max = (std::uint64_t{1} << 54) - 1;

// Set the operation and the range of `request`; flushes have no range. A byte
// range that is not whole sectors is widened to those that it touches.
// Return why they cannot be replayed, or none.
std::optional<std::string_view> set_sectors(io_request& request, operation op, std::uint64_t sector,
                                            std::uint64_t nr_sectors);
std::optional<std::string_view> set_bytes(io_request& request, operation op, std::uint64_t offset,
                                          std::uint64_t length);

}  // namespace sim::trace
