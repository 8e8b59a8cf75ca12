#include "sim/trace/split_tracker.h"

#include <utility>

namespace sim::trace {

split_tracker::slot& split_tracker::slot_of(std::uint64_t device, std::uint64_t process) {
  constexpr std::uint64_t odd = 31;
  slot& found = slots_[(process + device * odd) % nr_slots];
  if (found.device != device || found.process != process) {
    found = {};
    found.device = device;
    found.process = process;
  }
  return found;
}

bool split_tracker::is_rest(std::uint64_t device, std::uint64_t process, const io_request& queued) {
  slot& last = slot_of(device, process);
  const pdata::sector end = queued.sector + queued.nr_sectors;
  const bool rest = std::exchange(last.rest_due, false) && queued.op == last.op &&
                    queued.sector == last.rest_begin && end == last.end;
  last.begin = queued.sector;
  last.end = end;
  last.op = queued.op;
  return rest;
}

void split_tracker::split(std::uint64_t device, std::uint64_t process, pdata::sector rest_sector) {
  slot& last = slot_of(device, process);
  last.rest_due = rest_sector > last.begin && rest_sector < last.end;
  last.rest_begin = rest_sector;
}

}  // namespace sim::trace
