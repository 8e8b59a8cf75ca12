#include "sim/kernel/kernel_rules.h"

#include <algorithm>
#include <iterator>

#include "persistent-data/base/require.h"

namespace sim {

namespace {

using enum kernel_version;
using rule = kernel_rule;

constexpr kernel_rule_row rules[] = {
    {rule::discard_within_1024_blocks, "discard-within-1024-blocks", linux_6_12,
     "dm-bio-prison-v1.c dm_cell_key_has_valid_range, dm-thin.c process_discard_bio",
     "discard-max-bytes",
     "a discard that covers more than 1024 blocks of a thin device, or crosses a multiple of 1024, "
     "ends with success and unmaps nothing; only a warning is logged"},
    {rule::passdown_within_1024_blocks, "passdown-within-1024-blocks", linux_6_12,
     "dm-thin.c break_up_discard_bio", "passdown-1024",
     "what a discard passes down is unmapped in parts that end at each multiple of 1024 data "
     "blocks"},
    {rule::largest_discard_1024_blocks, "largest-discard-1024-blocks", linux_6_12,
     "dm-thin.c thin_io_hints", "queue-limits",
     "the longest discard of a thin device is 1024 blocks, not 16 GiB"},
    {rule::discard_cut_at_its_limit, "discard-cut-at-its-limit", linux_6_12,
     "dm.c __send_abnormal_io, __max_io_len", "joined-4MiB-blocks",
     "discards to a thin device or a pool are cut at multiples of the whole device's longest "
     "discard, which may lie within a block: that block stays mapped"},
    {rule::no_discards_without_passdown, "no-discards-without-passdown", linux_6_12,
     "dm-thin.c pool_io_hints", "queue-limits",
     "a pool that passes no discards down shows no discard limits; before, its data device's"},
    {rule::zero_and_error_take_discards, "zero-and-error-take-discards", linux_6_12,
     "dm-zero.c, dm-target.c", "pieces",
     "zero and error take discards: zero ends them, error fails them; pools over them pass "
     "discards down, and tables that hold them take discards"},
    {rule::error_may_have_device, "error-may-have-device", linux_6_12,
     "dm-target.c io_err_get_args", "error-with-device",
     "an error target may name a device and a sector: it opens the device and has its limits; a "
     "reload of error targets alone keeps the limits of before"},
    {rule::limits_are_validated, "limits-are-validated", linux_6_12,
     "blk-settings.c blk_validate_limits", "queue-limits",
     "a device's longest request, optimal and smallest I/O and discard limits are brought in line "
     "with each other whenever they are set"},
    {rule::largest_request_4_mib, "largest-request-4-MiB", linux_7_2,
     "block/blk.h BLK_DEF_MAX_SECTORS_CAP", "queue-limits",
     "requests of a disk without limits of its own have 4 MiB at most; before, 1280 KiB"},
    {rule::read_ahead_never_shrinks, "read-ahead-never-shrinks", linux_6_12,
     "blk-settings.c blk_apply_bdi_limits", "read-ahead",
     "a reload with a smaller optimal I/O leaves the read ahead as it is"},
    {rule::read_ahead_of_rotational, "read-ahead-of-rotational", linux_7_2,
     "blk-settings.c blk_apply_bdi_limits", "read-ahead",
     "rotational devices (virtio disks, and what lies on them) without an optimal I/O read ahead "
     "twice their longest request: 8 MiB"},
    {rule::reserved_names_refused, "reserved-names-refused", linux_6_12, "dm-ioctl.c check_name",
     "names", "devices cannot be named '.', '..' or 'control'"},
    {rule::own_device_refused, "own-device-refused", linux_6_12, "dm-table.c dm_get_device",
     "own-table", "a table cannot name the device that it is loaded into"},
    {rule::flush_once_per_device, "flush-once-per-device", linux_6_12,
     "dm.c __send_empty_flush, dm-linear.c", "device_mapper_test",
     "a flush to a table of linear and striped targets alone goes to each device below once, not "
     "once "
     "for each target"},
    {rule::flush_with_data_whole, "flush-with-data-whole", linux_7_2,
     "dm.c dm_split_and_process_bio", "device_mapper_test",
     "a write that asks for a flush goes to a table of linear targets over one device as it is, "
     "not as a flush and then a write"},
    {rule::pause_between_parts_of_discard, "pause-between-parts-of-discard", linux_6_12,
     "dm.c alloc_io, which may sleep and so lets others run", "discard-of-many-GiB",
     "the pool's worker runs between the parts of a discard, not only between its bios of 4 GiB: a "
     "commit that is due holds the first part alone"},
    {rule::parts_of_discard_together, "parts-of-discard-together", linux_7_2,
     "sched/core.c: what may sleep lets nobody run if preemption is lazy", "discard-of-many-GiB",
     "the pool's worker runs between the bios of a discard alone, as on 6.1"},
    {rule::striped_discards_of_all_stripes, "striped-discards-of-all-stripes", linux_7_2,
     "dm-stripe.c stripe_io_hints", "striped-limits",
     "the longest discard of a striped target is that of a stripe times their number, in whole "
     "rows of chunks; before, that of a stripe"},
    {rule::flakey_may_fail_reads, "flakey-may-fail-reads", linux_6_12,
     "dm-flakey.c parse_features, flakey_status", "flakey",
     "flakey has the feature error_reads; without features a table shows error_reads and "
     "error_writes, and ends without a space"},
    {rule::flakey_corrupts_reads_of_disks, "flakey-corrupts-reads-of-disks", linux_6_12,
     "dm-flakey.c flakey_map, saved_iter", "flakey",
     "flakey corrupts reads of disks, and the zeroes of a pool; before, what mapped devices read"},
    {rule::flakey_features_exclude_each_other, "flakey-features-exclude-each-other", linux_7_2,
     "dm-flakey.c parse_features", "flakey",
     "flakey refuses to corrupt twice, or to corrupt reads that fail"},
};

// Ascending by version within a target.
constexpr target_release releases[] = {
    {"zero", linux_6_1, {1, 1, 0}},
    {"zero", linux_6_12, {1, 2, 0}},
    {"delay", linux_6_1, {1, 3, 0}},
    {"delay", linux_6_12, {1, 4, 0}},
    {"delay", linux_7_2, {1, 5, 0}},
    {"snapshot-merge", linux_6_1, {1, 5, 0}},
    {"snapshot-origin", linux_6_1, {1, 9, 0}},
    {"snapshot", linux_6_1, {1, 16, 0}},
    {"log-writes", linux_6_1, {1, 1, 0}},
    {"flakey", linux_6_1, {1, 5, 0}},
    {"thin-pool", linux_6_1, {1, 22, 0}},
    {"thin-pool", linux_6_12, {1, 23, 0}},
    {"thin-pool", linux_7_2, {1, 24, 0}},
    {"thin", linux_6_1, {1, 22, 0}},
    {"thin", linux_6_12, {1, 23, 0}},
    {"thin", linux_7_2, {1, 24, 0}},
    {"striped", linux_6_1, {1, 6, 0}},
    {"striped", linux_7_2, {1, 7, 0}},
    {"linear", linux_6_1, {1, 4, 0}},
    {"linear", linux_7_2, {1, 5, 0}},
    {"error", linux_6_1, {1, 5, 0}},
    {"error", linux_6_12, {1, 7, 0}},
};

constexpr std::string_view targets[] = {
    "zero",   "delay",     "snapshot-merge", "snapshot-origin", "snapshot", "log-writes",
    "flakey", "thin-pool", "thin",           "striped",         "linear",   "error"};

}  // namespace

std::span<const kernel_rule_row> kernel_rule_table() { return rules; }

std::span<const std::string_view> listed_targets() { return targets; }

bool kernel_rules::has(kernel_rule wanted) const {
  const auto* const row = std::ranges::find(rules, wanted, &kernel_rule_row::rule);
  REQUIRE(row != std::end(rules));
  return version_ >= row->since;
}

target_version kernel_rules::version_of(std::string_view target) const {
  const target_release* newest = nullptr;
  for (const auto& release : releases)
    if (release.target == target && release.since <= version_) newest = &release;
  REQUIRE(newest != nullptr);
  return newest->version;
}

}  // namespace sim
