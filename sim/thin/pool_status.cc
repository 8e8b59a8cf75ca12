// Status and table lines of the thin-pool target.
#include <fmt/format.h>

#include "sim/thin/thin_pool_target.h"

namespace sim {

namespace {

std::string_view mode_word(pool_mode mode) {
  if (mode == pool_mode::out_of_data_space) return "out_of_data_space";
  return is_read_only(mode) ? "ro" : "rw";
}

std::string_view discard_word(const pool_features& features) {
  if (!features.discard_enabled) return "ignore_discard";
  return features.discard_passdown ? "discard_passdown" : "no_discard_passdown";
}

}  // namespace

std::string thin_pool_target::describe(status_kind kind, flush_mode mode) {
  return kind == status_kind::info ? info(mode) : table_line();
}

std::string thin_pool_target::info(flush_mode mode) {
  if (pool_.mode() == pool_mode::fail) return "Fail";
  if (mode == flush_mode::flush && !in().owner().suspended()) pool_.commit().ignore();
  auto& metadata = pool_.metadata();
  const auto transaction = metadata.transaction_id();
  const auto free_metadata = metadata.free_metadata_blocks();
  const auto all_metadata = metadata.nr_metadata_blocks();
  const auto free_data = metadata.free_data_blocks();
  const auto all_data = metadata.nr_data_blocks();
  const auto held = metadata.held_root();
  if (!transaction.ok() || !free_metadata.ok() || !all_metadata.ok() || !free_data.ok() ||
      !all_data.ok() || !held.ok())
    return "Error";
  const bool first = pool_.settings().speaks == dialect::first_2011;
  if (first) {
    const std::string root = *held == 0 ? "-" : std::to_string(*held * pdata::block_sectors);
    return fmt::format("{} {} {} {}", *transaction, *free_data * pool_.block_sectors(),
                       *free_metadata * pdata::block_sectors, root);
  }
  const auto& live = pool_.features();
  return fmt::format("{} {}/{} {}/{} {} {} {} {} {} {} ", *transaction,
                     *all_metadata - *free_metadata, *all_metadata, *all_data - *free_data,
                     *all_data, *held == 0 ? "-" : std::to_string(*held), mode_word(pool_.mode()),
                     discard_word(live),
                     live.error_if_no_space ? "error_if_no_space" : "queue_if_no_space",
                     metadata.needs_check() ? "needs_check" : "-", metadata_threshold());
}

std::string thin_pool_target::table_line() const {
  std::string features;
  unsigned count = 0;
  const auto add = [&](bool given, std::string_view name) {
    if (!given) return;
    ++count;
    features += fmt::format("{} ", name);
  };
  const bool first = pool_.settings().speaks == dialect::first_2011;
  add(!requested_.zero_new_blocks, "skip_block_zeroing");
  add(!requested_.discard_enabled && !first, "ignore_discard");
  add(!requested_.discard_passdown, "no_discard_passdown");
  add(requested_.mode == pool_mode::read_only, "read_only");
  add(requested_.error_if_no_space, "error_if_no_space");
  return fmt::format("{} {} {} {} {} {}", to_string(pool_.metadata_device().number()),
                     to_string(pool_.data_device().number()), pool_.block_sectors(), low_water_,
                     count, features);
}

}  // namespace sim
