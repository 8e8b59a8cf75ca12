// Reads many blocks once each, in disk order: wanted blocks are joined to large
// requests across small gaps, several requests are in flight, and blocks are
// handed to the visitor as they arrive, on several threads.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "persistent-data/io/block_device.h"

namespace pdata {

struct read_block {
  unsigned worker = 0;  // 0 .. nr_workers() - 1: one call at a time for each worker
  metadata_block location = 0;
  status outcome;     // EIO and the like: the block could not be read
  block_view bytes;   // valid during the call, if outcome.ok()
  std::size_t index;  // position in the list of wanted blocks
};

using block_visitor = std::function<void(const read_block&)>;

class batch_reader {
 public:
  // `workers` 0: as many as keep processors and device busy.
  explicit batch_reader(block_device& device, unsigned workers = 0);
  ~batch_reader();
  batch_reader(batch_reader&&) noexcept;
  batch_reader& operator=(batch_reader&&) = delete;

  unsigned nr_workers() const { return workers_; }
  block_device& device() { return device_; }

  // Requires `wanted` ascending, without repeats, below the device's size.
  // The order of visits is undefined with more than one worker, ascending with
  // one. Where a large request fails its blocks are read again one by one, so a
  // bad block spoils only itself. A visitor may throw: the first exception is
  // passed on to the caller when all workers have stopped. Whoever calls while another call is
  // at work, reads alone.
  void read(std::span<const metadata_block> wanted, const block_visitor& visit);

 private:
  struct request {
    std::size_t first;  // indices into the wanted list, half open
    std::size_t last;
  };
  // Memory to read into, which grows when more is asked for.
  class read_buffer;
  // What one call has at a time: a buffer for each worker.
  struct equipment;

  std::vector<request> plan(std::span<const metadata_block> wanted) const;
  void read_request(unsigned worker, std::span<const metadata_block> wanted, const request& which,
                    block_buffer* buffer, const block_visitor& visit);

  block_device& device_;
  unsigned workers_;
  std::unique_ptr<equipment> equipment_;
};

}  // namespace pdata
