#include "sim/report/fragmentation_meter.h"

#include <algorithm>
#include <bit>

namespace sim::report {

void fragmentation_meter::end_run() {
  if (run_ == 0) return;
  const auto bucket = static_cast<std::size_t>(std::bit_width(run_) - 1);
  if (found_.by_length.size() <= bucket) found_.by_length.resize(bucket + 1);
  ++found_.by_length[bucket].runs;
  found_.by_length[bucket].blocks += run_;
  ++found_.runs;
  found_.longest_run = std::max(found_.longest_run, run_);
  run_ = 0;
}

void fragmentation_meter::begin_device() {
  end_run();
  last_.reset();
}

void fragmentation_meter::mapping(pdata::thin_block thin, pdata::data_block data) {
  const bool neighbour = last_ && thin == last_->thin + 1;
  const bool sequential = neighbour && data == last_->data + 1;
  found_.adjacent_pairs += neighbour;
  found_.sequential_pairs += sequential;
  if (!sequential) end_run();
  ++run_;
  ++found_.mapped_blocks;
  last_ = place{thin, data};
}

fragmentation fragmentation_meter::finish() {
  end_run();
  return found_;
}

}  // namespace sim::report
