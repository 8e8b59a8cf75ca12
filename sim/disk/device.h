// A block device of the simulated machine: a disk or a mapped device.
#pragma once

#include <cstdint>
#include <string>

#include "persistent-data/base/status.h"
#include "sim/disk/bio.h"
#include "sim/disk/queue_limits.h"

namespace sim {

struct device_number {
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
  friend bool operator==(device_number, device_number) = default;
};

std::string to_string(device_number number);  // "254:16"

class device {
 public:
  device(std::string path, device_number number) : path_(std::move(path)), number_(number) {}
  virtual ~device() = default;
  device(const device&) = delete;
  device& operator=(const device&) = delete;

  const std::string& path() const { return path_; }
  device_number number() const { return number_; }

  virtual sector size() const = 0;
  const queue_limits& limits() const { return limits_; }
  sector read_ahead() const { return read_ahead_; }
  void limit_discards(sector longest, const kernel_rules& rules) {
    limits_.limit_discards(longest, rules);
  }
  // Takes a bio that submit() has checked.
  virtual void process(bio& request) = 0;
  // Between the many bios of one caller: other work of the machine runs.
  virtual void give_way() {}

  // Users that keep the device from being removed.
  virtual pdata::status open() {
    ++open_count_;
    return pdata::success;
  }
  void close() { --open_count_; }
  unsigned open_count() const { return open_count_; }

 protected:
  void set_limits(const queue_limits& limits, const kernel_rules& rules) {
    limits_ = limits;
    read_ahead_ = read_ahead_of(limits_, read_ahead_, rules);
  }
  queue_limits limits_;

 private:
  sector read_ahead_ = least_read_ahead;
  std::string path_;
  device_number number_;
  unsigned open_count_ = 0;
};

// The block layer's part: a bio beyond the end fails with EIO, a discard on a
// device that takes none with EOPNOTSUPP, and flushes to a device without a
// write cache are dropped.
inline void submit(device& to, bio& request) {
  if (request.count != 0 &&
      (request.first > to.size() || request.count > to.size() - request.first))
    return end_bio(request, EIO);
  if (request.op == io_op::discard && to.limits().max_discard_sectors == 0)
    return end_bio(request, EOPNOTSUPP);
  if (request.is_flush() && !to.limits().write_cache) {
    request.preflush = request.fua = false;
    if (request.count == 0) return end_bio(request, 0);
  }
  to.process(request);
}

}  // namespace sim
