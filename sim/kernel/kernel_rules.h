// What differs between the simulated kernels: one table. Code asks for a rule by its name, never
// for a version.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "sim/kernel/kernel_version.h"

namespace sim {

enum class kernel_rule : std::uint8_t {
  discard_within_1024_blocks,
  passdown_within_1024_blocks,
  largest_discard_1024_blocks,
  discard_cut_at_its_limit,
  no_discards_without_passdown,
  zero_and_error_take_discards,
  error_may_have_device,
  limits_are_validated,
  largest_request_4_mib,
  read_ahead_never_shrinks,
  read_ahead_of_rotational,
  reserved_names_refused,
  own_device_refused,
  flush_once_per_device,
  flush_with_data_whole,
  pause_between_parts_of_discard,
  parts_of_discard_together,
  striped_discards_of_all_stripes,
  flakey_may_fail_reads,
  flakey_corrupts_reads_of_disks,
  flakey_features_exclude_each_other,
};

struct kernel_rule_row {
  kernel_rule rule;
  std::string_view name;
  kernel_version since;
  std::string_view source;    // where the kernel's sources have it
  std::string_view scenario;  // in tests/functional/kernel-rules, or a unit test: it shows it
  std::string_view text;      // what happens since then
};

std::span<const kernel_rule_row> kernel_rule_table();

// The version of a target type, as `dmsetup targets` prints it.
struct target_version {
  unsigned major, minor, patch;
};

struct target_release {
  std::string_view target;
  kernel_version since;
  target_version version;
};

class kernel_rules {
 public:
  kernel_rules() = default;
  explicit kernel_rules(kernel_version version) : version_(version) {}

  kernel_version version() const { return version_; }
  bool has(kernel_rule rule) const;
  // Of a target type in target_releases().
  target_version version_of(std::string_view target) const;

 private:
  kernel_version version_ = kernel_version::linux_6_1;
};

// Every target type of the machine, in the order in which dmsetup lists it: modules that are
// loaded last come first.
std::span<const std::string_view> listed_targets();

}  // namespace sim
