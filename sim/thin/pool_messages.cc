// Messages to the thin-pool target: today's, and those of the first version.
#include <strings.h>

#include <algorithm>
#include <string>

#include "persistent-data/base/checked_math.h"
#include "sim/thin/thin_pool_target.h"
#include "sim/thin/thin_watch.h"

namespace sim {

using pdata::status;
using pdata::success;

namespace {

using words = std::span<const std::string>;
using numbers = std::span<const std::uint64_t>;

struct message_row {
  const char* name;
  std::size_t nr_ids;      // operands that are device ids
  std::size_t nr_numbers;  // and numbers behind them
  status (*act)(thin_pool_target&, numbers);
};

status create_thin(thin_pool_target& on, numbers n) { return on.of().metadata().create_thin(n[0]); }
status create_snap(thin_pool_target& on, numbers n) {
  return on.of().metadata().create_snap(n[0], n[1]);
}
status delete_device(thin_pool_target& on, numbers n) {
  return on.of().metadata().delete_device(n[0]);
}
status set_transaction_id(thin_pool_target& on, numbers n) {
  return on.of().metadata().set_transaction_id(n[0], n[1]);
}
status reserve_metadata_snapshot(thin_pool_target& on, numbers) {
  if (!on.of().settings().lacks.metadata_snap_commit) on.of().commit().ignore();
  return on.of().metadata().reserve_metadata_snapshot();
}
status release_metadata_snapshot(thin_pool_target& on, numbers) {
  return on.of().metadata().release_metadata_snapshot();
}
status trim(thin_pool_target& on, numbers n) { return on.trim(n[0], n[1]); }

// Those of the first version, which are understood in both dialects. The
// cookbook gives new-thin a size, which the device takes from its table anyway.
constexpr message_row first_messages[] = {
    {"new-thin", 1, 0, create_thin},
    {"new-thin", 1, 1, create_thin},
    {"new-snap", 2, 0, create_snap},
    {"del", 1, 0, delete_device},
    {"trim", 1, 1, trim},
    {"trans-id", 0, 2, set_transaction_id},
};
constexpr message_row messages[] = {
    {"create_thin", 1, 0, create_thin},
    {"create_snap", 2, 0, create_snap},
    {"delete", 1, 0, delete_device},
    {"set_transaction_id", 0, 2, set_transaction_id},
    {"reserve_metadata_snap", 0, 0, reserve_metadata_snapshot},
    {"release_metadata_snap", 0, 0, release_metadata_snapshot},
};

// None: no such message, or not with as many operands.
const message_row* find_row(words message, dialect speaks) {
  const auto is_meant = [&](const message_row& row) {
    return ::strcasecmp(message[0].c_str(), row.name) == 0 &&
           message.size() == 1 + row.nr_ids + row.nr_numbers;
  };
  if (const auto* row = std::ranges::find_if(first_messages, is_meant);
      row != std::end(first_messages))
    return row;
  if (speaks == dialect::first_2011) return nullptr;
  const auto* row = std::ranges::find_if(messages, is_meant);
  return row == std::end(messages) ? nullptr : row;
}

// None if a word is no number, or no device id where it has to be one.
std::optional<std::vector<std::uint64_t>> parse_operands(words message, const message_row& row,
                                                         dialect speaks) {
  std::vector<std::uint64_t> all;
  for (const auto& word : message.subspan(1)) {
    const auto number = parse_kernel_number(word);
    const bool is_id = all.size() < row.nr_ids;
    if (!number || (is_id && *number > largest_device_id(speaks))) return std::nullopt;
    all.push_back(*number);
  }
  return all;
}

}  // namespace

status thin_pool_target::message(words message) {
  if (pool_.mode() >= pool_mode::out_of_metadata_space) return status(EOPNOTSUPP);
  const auto speaks = pool_.settings().speaks;
  const auto* row = find_row(message, speaks);
  if (row == nullptr) return status(EINVAL);
  const auto operands = parse_operands(message, *row, speaks);
  if (!operands) return status(EINVAL);
  thin_watch* watch = pool_.settings().watch;
  if (watch != nullptr) watch->message_began(message);
  const auto r = row->act(*this, *operands);
  if (r.ok()) pool_.commit().ignore();
  if (watch != nullptr) watch->message_ended(message, r.ok());
  return r;
}

status thin_pool_target::trim(pdata::device_id id, sector new_size) {
  auto& metadata = pool_.metadata();
  const auto opened = metadata.open_device(id);
  if (!opened.ok()) return opened.failure();
  const auto end = pdata::div_up(new_size, pool_.block_sectors());
  auto r = success;
  const auto highest = metadata.highest_mapped(*opened);
  if (!highest.ok())
    r = highest.failure();
  else if (*highest && **highest >= end)
    r = metadata.remove_range(*opened, end, **highest + 1);
  metadata.close_device(*opened);
  return r;
}

}  // namespace sim
