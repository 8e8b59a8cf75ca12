#include "sim/explore/invariants.h"

#include <algorithm>

#include "persistent-data/base/require.h"

namespace sim::explore {

namespace {

constexpr invariant_row rows[] = {
    {invariant::metadata_sound, "metadata-sound", "thin_check finds no damage"},
    {invariant::counts_not_too_low, "counts-not-too-low", "no reference count is too low"},
    {invariant::no_leaks, "no-leaks", "no reference count is too high"},
    {invariant::pool_comes_up, "pool-comes-up", "the pool and its devices can be activated"},
    {invariant::pool_stays_usable, "pool-stays-usable",
     "a write, a snapshot and a delete succeed, and change nothing else"},
    {invariant::durable_writes, "durable-writes",
     "what was acknowledged with FUA, or before an acknowledged flush, is there"},
    {invariant::old_or_new, "old-or-new",
     "every other sector holds its old data, its new data or, discarded, zeroes"},
    {invariant::no_foreign_data, "no-foreign-data", "no device shows data of another one"},
    {invariant::no_stale_data, "no-stale-data", "no device shows what its block held before"},
    {invariant::snapshots_constant, "snapshots-constant",
     "a snapshot does not show what was written to its origin later, nor the other way round"},
    {invariant::devices_present, "devices-present", "a device that was created is there"},
    {invariant::deleted_stays_deleted, "deleted-stays-deleted",
     "a device that was deleted, or never made, is not there"},
    {invariant::transaction_id_forward, "transaction-id-forward",
     "the transaction id is one that was set, and not an older one"},
    {invariant::reads_without_crash, "reads-without-crash",
     "without a loss of power a read yields what was written last"},
};
static_assert(std::size(rows) == nr_invariants);

}  // namespace

const invariant_row& row_of(invariant which) {
  const auto* const row = std::ranges::find(rows, which, &invariant_row::which);
  REQUIRE(row != std::end(rows));
  return *row;
}

std::optional<invariant> invariant_named(std::string_view name) {
  const auto* const row = std::ranges::find(rows, name, &invariant_row::name);
  if (row == std::end(rows)) return std::nullopt;
  return row->which;
}

std::string invariant_names() {
  std::string names;
  for (const auto& row : rows) names += (names.empty() ? "" : ", ") + std::string(row.name);
  return names;
}

}  // namespace sim::explore
