// A simulated pool on which a history is carried out, operation by operation,
// with everything watched that reaches its disks.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/explore/operation.h"
#include "sim/explore/pool_watch.h"
#include "sim/explore/survivor.h"
#include "sim/thin/machine.h"

namespace sim::explore {

struct pool_setup {
  pool_shape shape;
  dialect_choice speaks;
  kernel_version kernel = kernel_version::linux_6_1;
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

  void on_event(pool_watch::event_call call) { watch_.on_event(std::move(call)); }
  // What a read yields that it should not, since the last call.
  std::vector<violation> take_wrong_reads() { return std::exchange(wrong_reads_, {}); }

  const pool_watch& watch() const { return watch_; }
  const pool_geometry& geometry() const { return geometry_; }

  // Of all that the future depends on. The pool is of no use afterwards: what it
  // keeps in memory is made visible by letting it commit and allocate once more.
  hash128 end_with_fingerprint();

 private:
  void activate(device_id id);
  void deactivate(device_id id);
  void ask(const block_request& request, device_id id);
  void message(const std::string& text);
  void write(const operation& op, sector count, write_kind kind);
  void discard(device_id id, sector first, sector count);
  void read(device_id id);
  void end_discards();
  void reload(std::uint64_t data_blocks);
  enum class origin : unsigned char { stays_active, is_inactive };
  void snapshot(const operation& op, origin during);
  sector place(const operation& op) const;
  device_id id_of(const operation& op) const { return op.device; }

  pool_setup setup_;
  pool_watch watch_;
  pool_geometry geometry_;
  std::vector<violation> wrong_reads_;

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
