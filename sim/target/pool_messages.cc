// Messages to the thin-pool target: today's, and those of the first version.
#include <strings.h>

#include <string>

#include "persistent-data/base/checked_math.h"
#include "sim/target/thin_pool_target.h"

namespace sim {

using pdata::status;
using pdata::success;

namespace {

using words = std::span<const std::string>;

bool is(words message, const char* name) { return ::strcasecmp(message[0].c_str(), name) == 0; }

// All words after the first as numbers up to `largest`; none if one is not, or
// if there are not as many as asked for.
std::optional<std::vector<std::uint64_t>> numbers(words message, std::size_t count,
                                                  std::uint64_t largest = UINT64_MAX) {
  if (message.size() != count + 1) return std::nullopt;
  std::vector<std::uint64_t> all;
  for (const auto& word : message.subspan(1)) {
    const auto number = parse_kernel_number(word);
    if (!number || *number > largest) return std::nullopt;
    all.push_back(*number);
  }
  return all;
}

}  // namespace

status thin_pool_target::message(words message) {
  if (pool_.mode() >= pool_mode::out_of_metadata_space) return status(EOPNOTSUPP);
  auto r = dispatch_first(message);
  if (r.errno_value() == ENOSYS)
    r = pool_.settings().speaks == dialect::first_2011 ? status(EINVAL) : dispatch(message);
  if (r.ok()) pool_.commit().ignore();
  return r;
}

status thin_pool_target::dispatch(words message) {
  auto& metadata = pool_.metadata();
  const status invalid(EINVAL);
  const auto most = largest_device_id(pool_.settings().speaks);
  if (is(message, "create_thin")) {
    const auto n = numbers(message, 1, most);
    return n ? metadata.create_thin((*n)[0]) : invalid;
  }
  if (is(message, "create_snap")) {
    const auto n = numbers(message, 2, most);
    return n ? metadata.create_snap((*n)[0], (*n)[1]) : invalid;
  }
  if (is(message, "delete")) {
    const auto n = numbers(message, 1, most);
    return n ? metadata.delete_device((*n)[0]) : invalid;
  }
  if (is(message, "set_transaction_id")) {
    const auto n = numbers(message, 2);
    return n ? metadata.set_transaction_id((*n)[0], (*n)[1]) : invalid;
  }
  if (is(message, "reserve_metadata_snap")) {
    if (message.size() != 1) return invalid;
    pool_.commit().ignore();
    return metadata.reserve_metadata_snapshot();
  }
  if (is(message, "release_metadata_snap"))
    return message.size() == 1 ? metadata.release_metadata_snapshot() : invalid;
  return invalid;
}

// ENOSYS: not one of them.
status thin_pool_target::dispatch_first(words message) {
  auto& metadata = pool_.metadata();
  const status invalid(EINVAL);
  const auto most = largest_device_id(pool_.settings().speaks);
  if (is(message, "new-thin")) {
    // The cookbook adds a size, which the device takes from its table anyway.
    if (message.size() == 3 && !parse_kernel_number(message[2])) return invalid;
    const auto n = numbers(message.first(std::min<std::size_t>(message.size(), 2)), 1, most);
    return n && message.size() <= 3 ? metadata.create_thin((*n)[0]) : invalid;
  }
  if (is(message, "new-snap")) {
    const auto n = numbers(message, 2, most);
    return n ? metadata.create_snap((*n)[0], (*n)[1]) : invalid;
  }
  if (is(message, "del")) {
    const auto n = numbers(message, 1, most);
    return n ? metadata.delete_device((*n)[0]) : invalid;
  }
  if (is(message, "trim")) {
    const auto n = numbers(message, 2);
    return n && (*n)[0] <= most ? trim((*n)[0], (*n)[1]) : invalid;
  }
  if (is(message, "trans-id")) {
    const auto n = numbers(message, 2);
    return n ? metadata.set_transaction_id((*n)[0], (*n)[1]) : invalid;
  }
  return status(ENOSYS);
}

// Unmaps the blocks that lie wholly behind the new size.
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
