// The table of a mapped device: targets side by side from sector 0 on. Rules:
// Linux 6.1 dm-table.c.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/dm/target.h"

namespace sim {

class device_mapper;

struct table_line {
  sector begin = 0;
  sector length = 0;
  std::string type;
  std::string arguments;
};

enum class device_access : std::uint8_t { read, read_write };

class table {
 public:
  explicit table(mapped_device& owner) : owner_(owner) {}
  ~table();
  table(const table&) = delete;
  table& operator=(const table&) = delete;

  mapped_device& owner() const { return owner_; }
  const kernel_rules& rules() const;

  pdata::status add_target(const table_line& line);
  // Combines the limits of what is below; EINVAL if a device is too small, or a target does not
  // begin and end at its logical blocks.
  pdata::result<queue_limits> calculate_limits();

  // For constructors of targets. `name` is a path or "major:minor"; the device
  // stays open until the table goes.
  pdata::result<device*> get_device(const std::string& name, device_access access);

  sector size() const;
  target* find(sector at) const;
  const std::vector<std::unique_ptr<target>>& targets() const { return targets_; }
  const std::vector<target_type*>& types() const { return types_; }
  target_type* immutable_type() const { return immutable_; }
  bool is_wildcard() const;
  // A device that is reloaded with such a table keeps its limits.
  bool has_no_devices() const;
  // As the limits of a device with this table.
  void restrict(queue_limits& limits) const;
  // Whether requests may come back to the device through the tables of others.
  bool leads_to(const mapped_device& wanted) const;
  // The devices, the newest first, if flushes may go to them without a target; else none.
  std::vector<device*> flushed_directly() const;

  // Tells who waits for events of the device, once the table is in use.
  void event();
  void deliver_events(std::function<void()> to) { on_event_ = std::move(to); }

 private:
  pdata::status check_place(const table_line& line, const target_type& type) const;
  bool supports_flush() const;
  bool is_aligned(sector logical_block) const;
  bool supports_discards() const;

  mapped_device& owner_;
  std::vector<std::unique_ptr<target>> targets_;
  std::vector<target_type*> types_;
  std::vector<std::pair<device*, device_access>> devices_;
  target_type* immutable_ = nullptr;
  std::function<void()> on_event_;
};

// The words of a target's arguments or of a message. A backslash quotes the next
// character.
std::vector<std::string> split_words(std::string_view text);

// Where on a device a target begins, as the kernel's "%llu%c": digits and nothing else.
std::optional<sector> parse_first_sector(std::string_view text);
// A number among a target's arguments, as the kernel's "%u%c": of a larger one the lowest 32 bits.
std::optional<std::uint32_t> parse_unsigned(std::string_view text);
// Names of features are compared without case.
bool same_word(const std::string& a, const char* b);

}  // namespace sim
