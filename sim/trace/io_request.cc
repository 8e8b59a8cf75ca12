#include "sim/trace/io_request.h"

#include "persistent-data/base/checked_math.h"

namespace sim::trace {

std::string_view name_of(io_op op) {
  switch (op) {
    case io_op::read:
      return "read";
    case io_op::write:
      return "write";
    case io_op::discard:
      return "discard";
    case io_op::flush:
      return "flush";
    case io_op::write_zeroes:
      return "write_zeroes";
  }
  return "unknown";
}

std::optional<std::string_view> set_sectors(io_request& request, operation op, std::uint64_t sector,
                                            std::uint64_t nr_sectors) {
  request.op = op.op;
  request.preflush = op.preflush;
  request.fua = op.fua;
  if (op.op == io_op::flush) {
    request.sector = 0;
    request.nr_sectors = 0;
    return std::nullopt;
  }
  if (nr_sectors == 0) return "the request has no length";
  if ((op.op == io_op::read || op.op == io_op::write) && nr_sectors > transfer_sectors_max)
    return "the request is longer than 4 GiB";
  const auto end = pdata::checked_add(sector, nr_sectors);
  if (!end || *end > device_sectors_max)
    return "the request ends beyond the largest device, a sector less than 8 EiB";
  request.sector = sector;
  request.nr_sectors = nr_sectors;
  return std::nullopt;
}

std::optional<std::string_view> set_bytes(io_request& request, operation op, std::uint64_t offset,
                                          std::uint64_t length) {
  if (op.op == io_op::flush || length == 0) return set_sectors(request, op, 0, 0);
  const auto end = pdata::checked_add(offset, length);
  if (!end) return "the request ends beyond the largest device, a sector less than 8 EiB";
  const std::uint64_t first = offset / pdata::sector_bytes;
  return set_sectors(request, op, first, pdata::div_up(*end, pdata::sector_bytes) - first);
}

}  // namespace sim::trace
