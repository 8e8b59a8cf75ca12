// Everything that is watched of one pool: what its disks may hold, what it has
// promised, and a call after each change of either.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "sim/explore/data_states.h"
#include "sim/explore/metadata_states.h"
#include "sim/explore/promises.h"
#include "sim/thin/thin_watch.h"

namespace sim::explore {

// After what the power may be lost.
enum class moment_kind : std::uint8_t {
  superblock_write,
  metadata_write,
  metadata_flush,
  data_write,
  data_discard,
  acknowledged_request,
  failed_request,
  acknowledged_message,
  failed_message,
};
inline constexpr std::size_t nr_moment_kinds = 9;
std::string_view name_of(moment_kind kind);  // "writes of metadata blocks"

struct moment {
  moment_kind kind = moment_kind::data_write;
  // Of writes and discards: metadata blocks, or sectors of the data disk.
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};
std::string to_string(const moment& of);  // "metadata blocks 5+2 are being written"

class pool_watch {
 public:
  struct sizes {
    sector torn_sectors = 1;
    sector data_sectors = 0;
    sector device_sectors = 0;  // of the longest thin device
  };
  // `initial`: what the data disk holds, on all sectors.
  pool_watch(const sizes& of, const content& initial);
  ~pool_watch();

  disk_watch& metadata_disk();
  disk_watch& data_disk();
  thin_watch& requests();

  const metadata_states& metadata() const { return metadata_; }
  const data_states& data() const { return data_; }
  const promises& model() const { return model_; }

  // Called after everything that changes what a crash may leave, or what was
  // promised. None: nobody is.
  using event_call = std::function<void(const moment&)>;
  void on_event(event_call call) { event_ = std::move(call); }

  // The machine has lost its power, and another one goes on with the disks.
  void power_lost();

  // From now on what is written goes to the fingerprint alone.
  void probe_into(fingerprint& to) { probe_ = &to; }

 private:
  class metadata_tap;
  class data_tap;
  class request_tap;

  void happened(const moment& what) {
    if (event_) event_(what);
  }

  metadata_states metadata_;
  data_states data_;
  promises model_;
  event_call event_;
  fingerprint* probe_ = nullptr;
  std::unique_ptr<metadata_tap> metadata_tap_;
  std::unique_ptr<data_tap> data_tap_;
  std::unique_ptr<request_tap> request_tap_;
};

}  // namespace sim::explore
