// The simulated machine's devices: its disks, and the device mapper with its
// operations as dmsetup asks for them. Errors are the kernel's. What a kernel
// would wait for without end is thrown as pdata::error.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "sim/disk/disk.h"
#include "sim/dm/event_loop.h"
#include "sim/dm/mapped_device.h"

namespace sim {

inline constexpr std::uint32_t mapped_major = 253;

enum class table_slot : unsigned char { active, inactive };

struct device_info {
  std::string name;
  device_number number;
  bool has_node = false;
  bool suspended = false;
  bool has_active = false;
  bool has_inactive = false;
  unsigned open_count = 0;
  std::uint32_t event_number = 0;
  sector read_ahead = 0;
  std::size_t nr_targets = 0;
};

struct target_report {
  sector begin = 0;
  sector length = 0;
  std::string type;
  std::string text;
};

class device_mapper {
 public:
  explicit device_mapper(kernel_rules rules = {}) : rules_(rules) {}
  virtual ~device_mapper();
  device_mapper(const device_mapper&) = delete;
  device_mapper& operator=(const device_mapper&) = delete;

  event_loop& loop() { return loop_; }
  const kernel_rules& rules() const { return rules_; }
  // How much virtual time a wait may take before it counts as forever.
  virtual_time patience() const { return patience_; }
  void set_patience(virtual_time patience) { patience_ = patience; }

  disk& add_disk(const std::string& path, std::unique_ptr<backing> durable,
                 const disk_options& options = {});
  // Null if there is none.
  device* find_device(const std::string& path) const;
  device* find_device(device_number number) const;
  const std::vector<std::unique_ptr<disk>>& disks() const { return disks_; }

  void add_type(std::unique_ptr<target_type> type);
  target_type* find_type(const std::string& name) const;
  const std::vector<std::unique_ptr<target_type>>& types() const { return types_; }

  // ENXIO everywhere: there is no such device. Names are the kernel's: what dmsetup says may be
  // mangled first.
  pdata::status create(const std::string& name);
  pdata::status remove(const std::string& name);
  pdata::status load(const std::string& name, std::span<const table_line> lines);
  pdata::status clear(const std::string& name);
  pdata::status suspend(const std::string& name, flush_mode mode = flush_mode::flush);
  pdata::status resume(const std::string& name, flush_mode mode = flush_mode::flush);
  pdata::status message(const std::string& name, sector at, const std::string& text);
  pdata::result<device_info> info(const std::string& name) const;
  pdata::result<std::vector<target_report>> report(const std::string& name, status_kind kind,
                                                   flush_mode mode = flush_mode::flush,
                                                   table_slot slot = table_slot::active) const;
  // Until the event number differs from this one.
  pdata::status wait(const std::string& name, std::uint32_t event_number);
  std::vector<std::string> names() const;  // in the kernel's order
  void remove_all();                       // the devices at the top first

  mapped_device* find(const std::string& name) const;

  // Create, load and resume; nothing remains if a step fails.
  pdata::status create(const std::string& name, std::span<const table_line> lines);

 private:
  kernel_rules rules_;
  event_loop loop_;
  virtual_time patience_ = 24 * 3600 * one_second;
  std::vector<std::unique_ptr<disk>> disks_;
  std::vector<std::unique_ptr<target_type>> types_;
  std::map<std::string, std::unique_ptr<mapped_device>> mapped_;
  std::unordered_map<std::string, mapped_device*> by_name_;  // the same, found faster
};

}  // namespace sim
