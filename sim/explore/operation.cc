#include "sim/explore/operation.h"

#include <fmt/format.h>

#include <algorithm>

#include "persistent-data/base/require.h"

namespace sim::explore {

namespace {

constexpr verb_row rows[] = {
    {verb::create, "create", false, false, "make a thin device and activate it"},
    {verb::create_full, "create-full", false, false,
     "make a device, activate it and write the whole of it, as far as the pool goes"},
    {verb::snap_active, "snap-active", true, false, "snapshot of a device that stays active"},
    {verb::snap_inactive, "snap-inactive", true, false,
     "deactivate a device, take a snapshot, activate both"},
    {verb::remove, "delete", true, false, "deactivate and delete a device"},
    {verb::write_block, "write-block", true, true, "write a whole block"},
    {verb::write_part, "write-part", true, true, "write 4 KiB within a block"},
    {verb::fua_block, "fua-block", true, true, "the same, with FUA"},
    {verb::fua_part, "fua-part", true, true, "the same, with FUA"},
    {verb::flush, "flush", true, false, "flush a device"},
    {verb::discard_block, "discard-block", true, true, "discard a whole block"},
    {verb::discard_part, "discard-part", true, true, "discard 4 KiB within a block"},
    {verb::discard_all, "discard-all", true, false, "discard a device"},
    {verb::discard_tail, "discard-tail", true, false,
     "discard the blocks behind the 168th, which leaves a tree of one leaf below a root"},
    {verb::read, "read", true, false, "read a device everywhere"},
    {verb::tick, "tick", false, false, "a second passes: the commit timer"},
    {verb::end_discards, "end-discards", false, false,
     "the data disk is done with the discards it was given"},
    {verb::reserve, "reserve", false, false, "reserve_metadata_snap"},
    {verb::release, "release", false, false, "release_metadata_snap"},
    {verb::next_transaction, "next-transaction", false, false, "set_transaction_id"},
    {verb::suspend, "suspend", false, false, "suspend and resume the pool"},
    {verb::grow_data, "grow-data", false, false, "a larger data device"},
    {verb::grow_metadata, "grow-metadata", false, false, "a larger metadata device"},
};
static_assert(std::size(rows) == nr_verbs);

std::vector<verb> all_but(std::initializer_list<verb> left_out) {
  std::vector<verb> all;
  for (const auto& row : rows)
    if (std::ranges::find(left_out, row.what) == left_out.end()) all.push_back(row.what);
  return all;
}

}  // namespace

std::span<const verb_row> verb_rows() { return rows; }

const verb_row& row_of(verb what) {
  const auto* const row = std::ranges::find(rows, what, &verb_row::what);
  REQUIRE(row != std::end(rows));
  return *row;
}

std::string to_string(const operation& op) {
  const auto& row = row_of(op.what);
  std::string text(row.name);
  if (row.on_device) text += fmt::format(" {}", op.device);
  if (row.on_place) text += op.at_last ? " last" : " first";
  return text;
}

std::optional<operation> parse_operation(std::string_view text) {
  for (const auto& row : rows)
    for (std::uint8_t device = 0; device < (row.on_device ? 10 : 1); ++device)
      for (const bool at_last : {false, true})
        if (const operation op{row.what, device, at_last}; to_string(op) == text) return op;
  return std::nullopt;
}

std::string to_string(const history& of) {
  std::string text;
  for (const auto& op : of) text += (text.empty() ? "" : ", ") + to_string(op);
  return text;
}

std::optional<pool_shape> shape_named(std::string_view name) {
  if (name == "tiny") return pool_shape{.name = "tiny", .verbs = all_but({verb::discard_tail})};
  if (name == "wide")
    return pool_shape{
        .name = "wide",
        .data_blocks = 512,
        .device_blocks = 256,
        .tail_from = 169,  // leaves a root with one child: both leaves are joined
        .verbs = {verb::create_full, verb::snap_active, verb::remove, verb::write_block,
                  verb::discard_block, verb::discard_all, verb::discard_tail, verb::flush,
                  verb::tick, verb::reserve, verb::release}};
  if (name == "tight")
    return pool_shape{.name = "tight",
                      .metadata_blocks = 20,
                      .verbs = {verb::create, verb::snap_active, verb::remove, verb::write_block,
                                verb::fua_part, verb::discard_block, verb::flush, verb::tick,
                                verb::reserve, verb::release, verb::suspend, verb::grow_metadata}};
  return std::nullopt;
}

std::vector<operation> alphabet_of(const pool_shape& shape) {
  std::vector<operation> all;
  for (const auto what : shape.verbs) {
    const auto& row = row_of(what);
    for (unsigned device = 0; device < (row.on_device ? shape.nr_devices : 1); ++device)
      for (const bool at_last : {false, true}) {
        if (at_last && !row.on_place) continue;
        all.push_back({what, static_cast<std::uint8_t>(device), at_last});
      }
  }
  return all;
}

}  // namespace sim::explore
