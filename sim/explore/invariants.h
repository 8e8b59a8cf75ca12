// What must hold after a loss of power, by name; and a violation of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sim::explore {

enum class invariant : std::uint8_t {
  metadata_sound,
  counts_not_too_low,
  no_leaks,
  pool_comes_up,
  pool_stays_usable,
  durable_writes,
  old_or_new,
  no_foreign_data,
  no_stale_data,
  snapshots_constant,
  devices_present,
  deleted_stays_deleted,
  transaction_id_forward,
  reads_without_crash,
};
inline constexpr std::size_t nr_invariants = 14;

struct invariant_row {
  invariant which;
  std::string_view name;
  std::string_view means;
};

const invariant_row& row_of(invariant which);
inline std::string_view name_of(invariant which) { return row_of(which).name; }
std::optional<invariant> invariant_named(std::string_view name);
std::string invariant_names();

struct violation {
  invariant broken = invariant::metadata_sound;
  std::string detail;
};

}  // namespace sim::explore
