// The contents of a volume of a pool, piece by piece in order, read ahead by several threads.
#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "persistent-data/stream/metadata_stream.h"
#include "thin-tools/files/data_device.h"
#include "thin-tools/transfer/piece_glance.h"
#include "thin-tools/transfer/stream_format.h"

namespace thin_tools {

// Where the blocks of a volume are: runs in ascending order.
struct volume_runs {
  std::vector<pdata::mapping_run> runs;
  std::uint64_t block_bytes = 0;
  std::uint64_t volume_bytes = 0;  // what is mapped beyond does not count
};

// A part of a piece that is mapped.
struct piece_extent {
  std::size_t at = 0;      // bytes, in the piece
  std::uint64_t from = 0;  // bytes, on the data device
  std::size_t length = 0;
  friend bool operator==(const piece_extent&, const piece_extent&) = default;
};

struct piece_plan {
  std::uint64_t index = 0;
  std::size_t bytes = 0;  // of the piece; the last one of a volume may be short
  std::vector<piece_extent> extents;
};

// The pieces of a volume that have anything mapped, in order.
class piece_walk {
 public:
  explicit piece_walk(const volume_runs& map, std::uint64_t first_piece = 0);
  // None: that was the last one.
  std::optional<piece_plan> next();

 private:
  const volume_runs& map_;
  std::size_t run_ = 0;
  std::uint64_t at_;  // bytes of the volume that are done
};

struct piece {
  piece_plan plan;
  std::span<const std::byte> bytes;  // what is not mapped is zero
  bool zero = false;                 // all of it
  digest_value digest;               // if wanted; not of one that is all zero
};

class piece_reader {
 public:
  using digests = piece_glance::digests;
  // `next` is called by one thread at a time. `buffer_bytes`: for all pieces that are read ahead.
  piece_reader(const data_device& data, std::function<std::optional<piece_plan>()> next,
               digests kept, std::size_t buffer_bytes = std::size_t{16} << 20);
  ~piece_reader();
  piece_reader(const piece_reader&) = delete;
  piece_reader& operator=(const piece_reader&) = delete;

  // The next piece; it is gone with the next call. Null: that was the last one. Throws what
  // reading threw.
  const piece* take();

 private:
  struct slot;
  slot& slot_of(std::uint64_t piece) const;
  void work();
  void read(slot& into) const;

  const data_device& data_;
  std::function<std::optional<piece_plan>()> next_;
  digests digests_;
  std::vector<std::unique_ptr<slot>> slots_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t nr_planned_ = 0;  // pieces that went to a slot
  std::uint64_t nr_taken_ = 0;
  bool holding_ = false;  // the caller has the last one that was taken
  bool planned_all_ = false;
  bool stopped_ = false;
  std::exception_ptr failure_;  // of planning
  std::vector<std::thread> workers_;
};

}  // namespace thin_tools
