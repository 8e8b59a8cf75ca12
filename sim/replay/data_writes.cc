#include "sim/replay/data_writes.h"

#include "persistent-data/base/checked_math.h"

namespace sim::replay {

void data_writes::note(sector first, sector count) {
  if (count == 0) return;
  const auto last = (first + count - 1) / block_sectors_;
  for (auto block = first / block_sectors_; block <= last; ++block) {
    const auto number = pdata::to_size(block / blocks_in_page);
    if (number >= pages_.size()) pages_.resize(number + 1);
    if (!pages_[number]) pages_[number] = std::make_unique<page>();
    (*pages_[number])[pdata::to_size(block % blocks_in_page)] = now_;
  }
}

}  // namespace sim::replay
