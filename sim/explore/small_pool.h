// A simulated pool on which a history is carried out, operation by operation,
// with everything watched that reaches its disks.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/explore/data_states.h"
#include "sim/explore/metadata_states.h"
#include "sim/explore/operation.h"
#include "sim/explore/promises.h"
#include "sim/explore/survivor.h"
#include "sim/thin/machine.h"

namespace sim::explore {

struct pool_setup {
  pool_shape shape;
  dialect_choice speaks;
  sector torn_sectors = 1;
  std::string features;  // of the table line, with their number
};

class small_pool {
 public:
  explicit small_pool(const pool_setup& setup);
  ~small_pool();
  small_pool(const small_pool&) = delete;
  small_pool& operator=(const small_pool&) = delete;

  // Whether the operation can be tried now: its device is there, there is one
  // to discard, and the like.
  bool can(const operation& op) const;
  void apply(const operation& op);

  // Called after everything that changes what a crash may leave, or what was
  // promised; `what` names it. None: nobody is.
  void on_event(std::function<void(const std::string& what)> call) { event_ = std::move(call); }
  // What a read yields that it should not, since the last call.
  std::vector<violation> take_wrong_reads() { return std::exchange(wrong_reads_, {}); }

  const metadata_states& metadata() const { return metadata_; }
  const data_states& data() const { return data_; }
  const promises& model() const { return model_; }
  const pool_geometry& geometry() const { return geometry_; }

  // Of all that the future depends on. The pool is of no use afterwards: what it
  // keeps in memory is made visible by letting it commit and allocate once more.
  hash128 end_with_fingerprint();

 private:
  class metadata_tap;
  class data_tap;
  class request_tap;

  void happened(const std::string& what) {
    if (event_) event_(what);
  }
  void activate(device_id id);
  void deactivate(device_id id);
  void ask(const io_request& request, device_id id);
  void message(const std::string& text);
  void write(const operation& op, sector count, bool fua);
  void discard(device_id id, sector first, sector count);
  void read(device_id id);
  void end_discards();
  void reload(std::uint64_t data_blocks);
  void snapshot(const operation& op, bool stays_active);
  sector place(const operation& op) const;
  device_id id_of(const operation& op) const { return op.device; }

  pool_setup setup_;
  metadata_states metadata_;
  data_states data_;
  promises model_;
  pool_geometry geometry_;
  std::function<void(const std::string&)> event_;
  std::vector<violation> wrong_reads_;
  std::unique_ptr<metadata_tap> metadata_tap_;
  std::unique_ptr<data_tap> data_tap_;
  std::unique_ptr<request_tap> request_tap_;
  fingerprint* probe_ = nullptr;  // gets what is written, while the pool is ending

  std::unique_ptr<machine> machine_;
  disk* metadata_disk_ = nullptr;
  disk* data_disk_ = nullptr;
  class growing_backing* metadata_backing_ = nullptr;
  std::set<device_id> active_;
  std::set<device_id> exists_;
  device_id next_id_ = 0;
  std::vector<std::uint64_t> nr_writes_;  // of each device
  bool has_grown_data_ = false;
  bool has_grown_metadata_ = false;
  std::uint64_t transaction_id_ = 0;
};

}  // namespace sim::explore
