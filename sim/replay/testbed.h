// The simulated machine of a replay: one pool and thin devices, which can be
// snapshotted, grown, and lose power. Virtual time is the trace's: 0 is the
// first record.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sim/explore/discard_timer.h"
#include "sim/explore/pool_watch.h"
#include "sim/explore/survivor.h"
#include "sim/replay/action_log.h"
#include "sim/replay/pool_plan.h"
#include "sim/thin/machine.h"
#include "sim/thin/thin_pool_target.h"

namespace sim::replay {

// Where a device was found. Not kept by copies, which may be of other devices.
struct found_device {
  found_device() = default;
  found_device(const found_device&) {}
  found_device& operator=(const found_device&) {
    device = nullptr;
    return *this;
  }
  mapped_device* device = nullptr;
  std::uint64_t round = 0;  // of the testbed
};

struct thin_place {
  pdata::device_id id = 0;
  std::string name;  // in the device mapper
  sector size = 0;
  std::string origin;  // external; empty: none
  mutable found_device found;
};

// What happened when the machine was made, in a scenario's words.
using setup_lines = std::vector<std::string>;

class testbed {
 public:
  using commit_call = std::function<void(const commit_notice&)>;

  // Makes the machine, the pool and its devices. Throws pdata::error.
  // What is done to the devices afterwards goes to the log, which may be null.
  testbed(pool_plan plan, const replay_settings& settings, action_log* log);
  ~testbed();
  testbed(const testbed&) = delete;
  testbed& operator=(const testbed&) = delete;

  machine& on() { return *machine_; }
  const pool_plan& plan() const { return plan_; }
  // The thin devices that requests go to. More can be made.
  const std::vector<thin_place>& thins() const { return thins_; }
  const thin_place& add_thin(pdata::device_id id, sector size);
  mapped_device& device_of(const thin_place& thin) const {
    if (thin.found.device == nullptr || thin.found.round != round_) find_device(thin);
    return *thin.found.device;
  }
  thin_pool_target& pool_line() const {
    if (pool_device_ == nullptr || pool_device_->active() != pool_active_) find_pool_line();
    return *pool_line_;
  }
  pool& pool_of() const { return pool_line().of(); }
  std::uint32_t event_number() const;
  // Sectors written since the start, through crashes, and those of other disks.
  std::uint64_t metadata_sectors_written() const;
  std::uint64_t data_sectors_written() const;
  // What the pool has done since the start, through crashes.
  pool_counters counters() const;
  virtual_time out_of_space_time() const;
  void call_on_commit(commit_call call);
  // From now on, through crashes, sees what is written to the data device. False: it is no
  // disk, or somebody watches it already.
  bool watch_data(disk_watch& by);

  virtual_time now() const { return started_at_ + machine_->loop().now(); }
  // Everything that is due by then happens.
  void advance_to(virtual_time time);

  // A snapshot of an active thin device, which is suspended for it.
  pdata::status take_snapshot(const thin_place& of, pdata::device_id id);
  pdata::status delete_device(pdata::device_id id);
  // Makes a device that is not active readable, or takes it away again.
  void activate(const thin_place& thin);
  void deactivate(const thin_place& thin);

  // What is wrong with any state that a loss of power may leave now; none if all
  // keep what the pool has promised. Needs settings with crash_states, and a pool
  // that this made (else throws pdata::error).
  std::optional<std::string> examine_crash();
  // With settings of `watched`: the taps, and what a pool that comes up is asked for.
  explore::pool_watch& watch() const { return *watch_; }
  explore::pool_geometry geometry() const;
  // The data disk is done with its discards.
  void end_discards();
  // Power fails, and the machine starts again from what was durable.
  void crash();
  // Reloads the pool with a longer table.
  pdata::status grow(sector by);

  // Status lines as dmsetup prints them, the pool's first. Asking commits.
  std::string pool_status();
  std::string status_of(const thin_place& thin) const;

  // An orderly end removes all devices, so all is committed; where requests
  // still wait, they end with the machine.
  enum class ending : unsigned char { orderly, power_off };
  void shut_down(ending how);
  // Afterwards, what is on the metadata device.
  backing& metadata_contents() const { return *metadata_contents_; }

  // How a scenario makes the same pool.
  setup_lines setup_commands() const;

 private:
  void find_pool_line() const;
  void find_device(const thin_place& thin) const;
  void watch_pool();
  void start_machine();
  void make_devices();
  void make_thin(const thin_place& thin);
  void run_scenario();
  void find_devices();
  void log(std::string line) {
    if (log_ != nullptr) log_->command(std::move(line));
  }
  std::string id_text(pdata::device_id id) const { return std::to_string(id); }

  pool_plan plan_;
  action_log* log_;
  bool may_lose_power_;
  std::optional<std::uint64_t> crash_states_;
  std::optional<crash_watching> watched_;
  bool metadata_is_private_;
  std::unique_ptr<explore::pool_watch> watch_;
  pool_settings settings_;
  variables variables_;
  commit_call on_commit_;
  disk_watch* data_watch_ = nullptr;
  std::shared_ptr<bool> connected_;  // false: nothing reaches the disks any more
  std::unique_ptr<machine> machine_;
  std::unique_ptr<explore::discard_timer> discards_;  // of the machine; null: they end at once
  std::uint64_t round_ = 0;                           // ends whenever a device goes
  bool in_service_ = false;                           // the machine has been set up
  virtual_time started_at_ = 0;                       // of the machine's clock
  std::string pool_name_ = "pool";
  table_line pool_table_;
  // Looked up when the pool's table is another one.
  mutable mapped_device* pool_device_ = nullptr;
  mutable const table* pool_active_ = nullptr;
  mutable thin_pool_target* pool_line_ = nullptr;
  std::vector<thin_place> thins_;
  pool_counters before_crashes_;
  virtual_time out_of_space_before_crashes_ = 0;
  std::uint64_t metadata_before_crashes_ = 0;
  std::uint64_t data_before_crashes_ = 0;
  std::shared_ptr<backing> metadata_contents_;
};

}  // namespace sim::replay
